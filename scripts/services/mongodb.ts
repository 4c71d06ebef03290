import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { MongoClient } from 'mongodb'
import { runCommand } from '../testing/run-command.ts'
import { findOnPath } from './find-on-path.ts'
import { cacheFolder, fetchJars, hasJars } from './jars.ts'
import { startJavaMongo } from './mongo-servers.ts'
import { fetchMongod, findMongod } from './mongod.ts'
import { freePort, startServer } from './server.ts'
import type { Env, Found, Say, Service, Started } from './service.ts'

const version = '1.47.0'
const artifacts = ['mongo-java-server', 'mongo-java-server-h2-backend'].map(
  (name) => `de.bwaldvogel:${name}:${version}`,
)
const source = fileURLToPath(new URL('../../e2e/services/MongoForTests.java', import.meta.url))
const startLimitMs = 20_000

/**
 * A server of MongoDB's protocol: what MONGO_URL names, else a `mongod` on the PATH or one that can be fetched, as a replica
 * set of one, else mongo-java-server, which knows no time series, no explain and no replica set. Tests of kills start durable servers of
 * their own with `MONGO_JAVA_CLASSPATH`.
 */
export const mongodb: Service = {
  name: 'mongodb',
  why: 'the store in MongoDB: its contract, the comparison with the reference store, kills and storms',
  command: 'MONGO_URL=mongodb://host:27017 npm test, or mongod on the PATH, or Java 17 and Maven',
  find: findMongo,
  install: async (env, say) => (await fetchMongod(env, say)) || installJars(env, say),
  start: startMongo,
}

const jarsIn = (env: Env): string => cacheFolder(env, `mongo-java-server-${version}`)
const classesIn = (env: Env): string => join(jarsIn(env), 'classes')
const classPath = (env: Env): string => `${jarsIn(env)}/*:${classesIn(env)}`

async function findMongo(env: Env): Promise<Found | undefined> {
  if (env.MONGO_URL) return { version: 'as given', where: env.MONGO_URL.replace(/\/\/[^/@]*@/, '//…@'), env: {} }
  for (const mongod of findMongod(env)) {
    const { code, output } = await runCommand([mongod, '--version'], { env, limitMs: startLimitMs })
    const found = /v(\d+\.\d+\.\d+)/.exec(output)?.[1]
    if (code === 0 && found) return { version: found, where: mongod, env: {} }
  }
  if (findOnPath(['java'], env).length === 0 || !hasJars(jarsIn(env)) || !existsSync(classesIn(env))) return undefined
  return {
    version: `mongo-java-server ${version}`,
    where: jarsIn(env),
    env: { MONGO_JAVA_CLASSPATH: classPath(env) },
  }
}

async function installJars(env: Env, say: Say): Promise<boolean> {
  if (findOnPath(['javac'], env).length === 0 || !(await fetchJars(artifacts, jarsIn(env), env, say))) return false
  mkdirSync(classesIn(env), { recursive: true })
  const command = ['javac', '-cp', `${jarsIn(env)}/*`, '-d', classesIn(env), source]
  const { code, output } = await runCommand(command, { env, limitMs: startLimitMs })
  if (code !== 0) say(output.trim())
  return code === 0
}

async function startMongo({ where }: Found, env: Env): Promise<Started> {
  if (env.MONGO_URL) return { env: { MONGO_URL: env.MONGO_URL }, stop: async () => undefined }
  const folder = mkdtempSync(join(tmpdir(), 'trailstitch-mongo-'))
  const isReal = where !== jarsIn(env)
  const port = await freePort()
  const server = isReal
    ? await startServer(mongodCommand(where, folder, port), env, async (output) => output.includes('Waiting for conn'))
    : await startJavaMongo(classPath(env), port)
  const stop = async (): Promise<void> => {
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  const url = `mongodb://127.0.0.1:${port}`
  if (isReal) await initiate(url, port)
  return { env: { MONGO_URL: isReal ? `${url}/?replicaSet=${replicaSet}` : url }, stop }
}

const replicaSet = 'trailstitch'

const mongodCommand = (program: string, folder: string, port: number): string[] => [
  ...[program, '--dbpath', folder, '--port', `${port}`, '--bind_ip', '127.0.0.1'],
  ...['--replSet', replicaSet],
]

/** A replica set of one: writes with a majority, sessions and retryable writes are there as they are in production. */
async function initiate(url: string, port: number): Promise<void> {
  const client = new MongoClient(`${url}/?directConnection=true`)
  try {
    const members = [{ _id: 0, host: `127.0.0.1:${port}` }]
    await client.db('admin').command({ replSetInitiate: { _id: replicaSet, members } })
  } finally {
    await client.close()
  }
}
