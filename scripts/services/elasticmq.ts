import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { testCredentials } from './aws.ts'
import { findOnPath } from './find-on-path.ts'
import { cacheFolder, fetchJars, hasJars } from './jars.ts'
import { freePort, startServer } from './server.ts'
import type { Env, Found, Service, Started } from './service.ts'

const version = '1.7.1'
const artifact = `org.elasticmq:elasticmq-server_3:${version}`
const mainClass = 'org.elasticmq.server.Main'
const javaOptions = ['-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1']

/** A second server of SQS's protocol, by other people, which can also move dead letters by itself. */
export const elasticmq: Service = {
  name: 'elasticmq',
  why: 'the contract of the SQS backend on a second server, and StartMessageMoveTask',
  command: 'ELASTICMQ_URL=http://host:9324 npm test, or Java 17 and Maven',
  find,
  install: async (env, say) => findOnPath(['java'], env).length > 0 && fetchJars([artifact], jarsIn(env), env, say),
  start,
}

const jarsIn = (env: Env): string => cacheFolder(env, `elasticmq-${version}`)

async function find(env: Env): Promise<Found | undefined> {
  if (env.ELASTICMQ_URL) return { version: 'as given', where: env.ELASTICMQ_URL, env: {} }
  if (findOnPath(['java'], env).length === 0 || !hasJars(jarsIn(env))) return undefined
  return { version, where: jarsIn(env), env: {} }
}

async function start({ where }: Found, env: Env): Promise<Started> {
  // Who brings an S3 server brings the credentials for it, and this one takes any.
  const credentials = env.TEST_S3_ENDPOINT ? {} : testCredentials
  if (env.ELASTICMQ_URL)
    return { env: { ...credentials, ELASTICMQ_URL: env.ELASTICMQ_URL }, stop: async () => undefined }
  const folder = mkdtempSync(join(tmpdir(), 'trailstitch-elasticmq-'))
  const port = await freePort()
  const file = join(folder, 'elasticmq.conf')
  writeFileSync(file, settingsOf(port))
  const command = ['java', ...javaOptions, `-Dconfig.file=${file}`, '-cp', `${where}/*`, mainClass]
  const server = await startServer(command, env, async (output) => /ElasticMQ server .*started/.test(output))
  return {
    env: { ...credentials, ELASTICMQ_URL: `http://127.0.0.1:${port}` },
    async stop() {
      await server.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const settingsOf = (port: number): string =>
  [
    'include classpath("application.conf")',
    `node-address { protocol = http, host = "127.0.0.1", port = ${port}, context-path = "" }`,
    `rest-sqs { enabled = true, bind-port = ${port}, bind-hostname = "127.0.0.1", sqs-limits = strict }`,
    'rest-stats { enabled = false }',
  ].join('\n')
