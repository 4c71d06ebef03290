import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { runCommand } from '../testing/run-command.ts'
import { testCredentials } from './aws.ts'
import { freePort, isListening, startServer } from './server.ts'
import type { Env, Found, Say, Service, Started } from './service.ts'

const version = '1.8.0'
const module = `github.com/versity/versitygw/cmd/versitygw@v${version}`
const versionLimitMs = 10_000
const buildLimitMs = 15 * 60_000
/** A user that may do nothing until a bucket's policy says so. */
const guest = { access: 'trailstitch-guest', secret: 'trailstitch-guest-secret', role: 'user' }

/** The S3 server of the tests that look closely: it holds uploads to their checksums and links to their signatures. */
export const versitygw: Service = {
  name: 'versitygw',
  why: 'the contract of the S3 backend, its faults and its permissions',
  command: `go install ${module}, or TEST_S3_ENDPOINT=http://… with AWS_ACCESS_KEY_ID and its secret npm test`,
  find,
  install,
  start,
}

/** Outside the tree, so that a fresh clone need not build it anew. */
const cacheFolder = (env: Env): string =>
  join(env.XDG_CACHE_HOME || join(env.HOME ?? homedir(), '.cache'), 'trailstitch', `versitygw-${version}`)

async function find(env: Env): Promise<Found | undefined> {
  if (env.TEST_S3_ENDPOINT) return { version: 'or another', where: env.TEST_S3_ENDPOINT, env: {} }
  const folders = (env.PATH ?? '').split(':').filter(Boolean)
  for (const path of [...folders, cacheFolder(env)].map((folder) => join(folder, 'versitygw'))) {
    if (!existsSync(path)) continue
    const { code, output } = await runCommand([path, '--version'], { env, limitMs: versionLimitMs })
    const said = /^Version\s*:\s*v?(\S+)/m.exec(output)?.[1]
    // What `go install` builds says "git"; in the cache the folder's name knows better.
    if (code === 0 && said) return { version: path.startsWith(cacheFolder(env)) ? version : said, where: path, env: {} }
  }
  return undefined
}

/** Where Go is. It needs neither root nor a question. */
async function install(env: Env, say: Say): Promise<boolean> {
  const { code: noGo } = await runCommand(['go', 'version'], { env, limitMs: versionLimitMs })
  if (noGo !== 0) return false
  const folder = cacheFolder(env)
  mkdirSync(folder, { recursive: true })
  say(`versitygw is not there, building it into ${folder} (once, one to three minutes): go install ${module}`)
  const options = { env: { ...env, GOBIN: folder }, limitMs: buildLimitMs }
  const { code, output } = await runCommand(['go', 'install', module], options)
  if (code !== 0) say(output.trim().split('\n').slice(-3).join('\n'))
  return code === 0
}

async function start({ where }: Found, env: Env): Promise<Started> {
  if (env.TEST_S3_ENDPOINT) return { env: {}, stop: async () => undefined }
  const folder = mkdtempSync(join(tmpdir(), 'trailstitch-versitygw-'))
  const [objects, users] = [join(folder, 'objects'), join(folder, 'users')]
  for (const each of [objects, users]) mkdirSync(each)
  writeFileSync(join(users, 'users.json'), JSON.stringify({ accessAccounts: { [guest.access]: guest } }))
  const port = await freePort()
  const root = {
    ROOT_ACCESS_KEY: testCredentials.AWS_ACCESS_KEY_ID,
    ROOT_SECRET_KEY: testCredentials.AWS_SECRET_ACCESS_KEY,
  }
  const command = [where, '--port', `127.0.0.1:${port}`, '--quiet', '--iam-dir', users, 'posix', objects]
  const server = await startServer(command, { ...env, ...root }, () => isListening(port))
  return {
    env: {
      ...testCredentials,
      TEST_S3_ENDPOINT: `http://127.0.0.1:${port}`,
      TEST_S3_GUEST_ACCESS_KEY_ID: guest.access,
      TEST_S3_GUEST_SECRET_ACCESS_KEY: guest.secret,
    },
    async stop() {
      await server.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
