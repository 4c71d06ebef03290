import { existsSync } from 'node:fs'
import { runCommand } from '../testing/run-command.ts'
import { aptInstall } from './apt.ts'
import { findOnPath } from './find-on-path.ts'
import type { Env, Found, Service } from './service.ts'

const names = ['chromium', 'chromium-browser', 'google-chrome']
/** A first start on a cold disk takes a while. */
const versionLimitMs = 30_000

/** The browser of the end-to-end tests. They drive it by its path, `CHROMIUM_PATH`. */
export const chromium: Service = {
  name: 'chromium',
  why: 'browser tests: the script tag, the SDK in a page, the dashboard',
  command: 'apt-get install -y chromium, or CHROMIUM_PATH=/path/to/chrome npm test',
  find: findChromium,
  install: (env, say) => aptInstall(['chromium'], env, say),
}

async function findChromium(env: Env): Promise<Found | undefined> {
  for (const path of [env.CHROMIUM_PATH, ...findOnPath(names, env)]) {
    if (!path || !existsSync(path)) continue
    // Some systems put a stub of that name on the PATH, so it must say its version to count.
    const { code, output } = await runCommand([path, '--version'], { env, limitMs: versionLimitMs })
    const version = /\d+(?:\.\d+){2,}/.exec(output)?.[0]
    if (code === 0 && version) return { version, where: path, env: { CHROMIUM_PATH: path } }
  }
  return undefined
}
