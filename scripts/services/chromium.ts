import { existsSync } from 'node:fs'
import { runCommand } from '../testing/run-command.ts'
import type { Env, Found, Say, Service } from './service.ts'

const names = ['chromium', 'chromium-browser', 'google-chrome']
/** A first start on a cold disk takes a while. */
const versionLimitMs = 30_000
const installLimitMs = 5 * 60_000

/** The browser of the end-to-end tests. They drive it by its path, `CHROMIUM_PATH`. */
export const chromium: Service = {
  name: 'chromium',
  why: 'browser tests: the script tag, the SDK in a page, the dashboard',
  command: 'apt-get install -y chromium, or CHROMIUM_PATH=/path/to/chrome npm test',
  find: findChromium,
  install: installChromium,
}

async function findChromium(env: Env): Promise<Found | undefined> {
  const folders = (env.PATH ?? '').split(':').filter(Boolean)
  const onPath = names.flatMap((name) => folders.map((folder) => `${folder}/${name}`))
  for (const path of [env.CHROMIUM_PATH, ...onPath]) {
    if (!path || !existsSync(path)) continue
    // Some systems put a stub of that name on the PATH, so it must say its version to count.
    const { code, output } = await runCommand([path, '--version'], { env, limitMs: versionLimitMs })
    const version = /\d+(?:\.\d+){2,}/.exec(output)?.[0]
    if (code === 0 && version) return { version, where: path, env: { CHROMIUM_PATH: path } }
  }
  return undefined
}

/** Only as root on Debian and its relatives, where it needs no question. */
async function installChromium(env: Env, say: Say): Promise<boolean> {
  if (process.getuid?.() !== 0 || !existsSync('/etc/debian_version')) return false
  const quiet = { env: { ...env, DEBIAN_FRONTEND: 'noninteractive' }, limitMs: installLimitMs }
  for (const command of [
    ['apt-get', 'update'],
    ['apt-get', 'install', '-y', '--no-install-recommends', 'chromium'],
  ]) {
    say(`chromium is not there, running: ${command.join(' ')}`)
    const { code, output } = await runCommand(command, quiet)
    if (code !== 0) {
      say(output.trim().split('\n').slice(-3).join('\n'))
      return false
    }
  }
  return true
}
