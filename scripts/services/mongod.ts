import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runCommand } from '../testing/run-command.ts'
import { findOnPath } from './find-on-path.ts'
import { cacheFolder } from './jars.ts'
import type { Env, Say } from './service.ts'

const limitMs = 5 * 60_000
const version = '8.2.6'
const fetcher = 'mongodb-memory-server@11.3.0'
/** Where the fetcher gets it from. */
const source = 'https://fastdl.mongodb.org/'
const sourceLimitMs = 5_000

const folderOf = (env: Env): string => cacheFolder(env, `mongod-${version}`)
const binariesOf = (env: Env): string => join(folderOf(env), 'bin')

/** Where a `mongod` may be: on the PATH, then where it was fetched to. */
export function findMongod(env: Env): string[] {
  const fetched = existsSync(binariesOf(env)) ? readdirSync(binariesOf(env)) : []
  return [
    ...findOnPath(['mongod'], env),
    ...fetched.filter((name) => /^mongod[^.]*-\d+\.\d+\.\d+$/.test(name)).map((name) => join(binariesOf(env), name)),
  ]
}

/** Fetches a `mongod` with mongodb-memory-server, which knows the build for each system, and says so. False where it can't. */
export async function fetchMongod(env: Env, say: Say): Promise<boolean> {
  if (!(await canReach(source))) return false
  const folder = folderOf(env)
  mkdirSync(folder, { recursive: true })
  // A root of its own, or npm installs into the first folder above that looks like one.
  writeFileSync(join(folder, 'package.json'), '{ "private": true }')
  say(`fetching mongod ${version} with ${fetcher} into ${folder}`)
  const run = async (command: readonly string[]): Promise<boolean> => {
    const settings = { MONGOMS_VERSION: version, MONGOMS_DOWNLOAD_DIR: binariesOf(env) }
    const { code, output } = await runCommand(command, { cwd: folder, env: { ...env, ...settings }, limitMs })
    if (code !== 0) say(output.trim().split('\n').slice(-3).join('\n'))
    return code === 0
  }
  const install = ['npm', 'install', '--prefix', folder, '--no-audit', '--no-fund', '--ignore-scripts', fetcher]
  if (!(await run(install))) return false
  // It is content with a download that failed.
  await run(['node', join(folder, 'node_modules/mongodb-memory-server/postinstall.js')])
  return findMongod(env).length > 0
}

const canReach = (url: string): Promise<boolean> =>
  fetch(url, { method: 'HEAD', signal: AbortSignal.timeout(sourceLimitMs) }).then(
    () => true,
    () => false,
  )
