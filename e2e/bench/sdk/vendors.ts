import { cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cacheFolder } from '../../../scripts/services/jars.ts'
import { runCommand } from '../../../scripts/testing/run-command.ts'

const manifest = fileURLToPath(new URL('./vendors', import.meta.url))
const limitMs = 3 * 60_000

/**
 * The folder with the clients of others, installed when it is missing or for another lock file. They are no part of the
 * workspace, so nobody who works on it has to have them. Undefined where they can't be had.
 */
export async function installVendors(say: (line: string) => void): Promise<string | undefined> {
  const folder = cacheFolder(process.env, 'bench-sdk')
  const lock = (of: string): string => readFileSync(join(of, 'package-lock.json'), 'utf8')
  if (existsSync(join(folder, 'node_modules')) && lock(folder) === lock(manifest)) return folder
  mkdirSync(folder, { recursive: true })
  cpSync(manifest, folder, { recursive: true })
  say(`installing what to compare with into ${folder}`)
  const { code, output } = await runCommand(['npm', 'ci', '--prefix', folder, '--ignore-scripts', '--no-audit'], {
    cwd: folder,
    env: process.env,
    limitMs,
  })
  if (code === 0) return folder
  say(`measured alone, as it can't be installed: ${output.trim().split('\n').at(-1)}`)
  return undefined
}
