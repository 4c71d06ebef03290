import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { testCredentials } from './aws.ts'
import { startServer } from './server.ts'
import type { Env, Found, Service, Started } from './service.ts'

const packageFile = fileURLToPath(new URL('../../node_modules/fauxqs/package.json', import.meta.url))
const serverFile = fileURLToPath(new URL('fauxqs-server.ts', import.meta.url))

/** SQS and S3 in memory, for what needs neither a disk nor a server that checks. */
export const fauxqs: Service = {
  name: 'fauxqs',
  why: 'the contracts of the SQS and S3 backends',
  command: 'npm ci',
  find,
  install: async () => false,
  start,
}

async function find(env: Env): Promise<Found | undefined> {
  if (env.FAUXQS_URL) return { version: 'or another', where: env.FAUXQS_URL, env: {} }
  if (!existsSync(packageFile)) return undefined
  const { version } = JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string }
  return { version, where: 'node_modules/fauxqs', env: {} }
}

async function start(_: Found, env: Env): Promise<Started> {
  // Who brings an S3 server brings the credentials for it, and this one takes any.
  const credentials = env.TEST_S3_ENDPOINT ? {} : testCredentials
  if (env.FAUXQS_URL) return { env: credentials, stop: async () => undefined }
  const server = await startServer([process.execPath, serverFile], env, async (output) => /^\d+$/m.test(output))
  const port = /^\d+$/m.exec(server.output())?.[0]
  return { env: { ...credentials, FAUXQS_URL: `http://127.0.0.1:${port}` }, stop: server.stop }
}
