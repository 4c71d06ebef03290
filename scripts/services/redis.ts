import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runCommand } from '../testing/run-command.ts'
import { aptInstall } from './apt.ts'
import { makeCertificate } from './certificate.ts'
import { findOnPath } from './find-on-path.ts'
import { createRedisServers } from './redis-servers.ts'
import type { Env, Found, Service, Started } from './service.ts'

/** What tests may be told; a developer's own servers, named by these, come first. */
const urlNames = ['REDIS_URL', 'REDIS_TLS_URL', 'REDIS_CLUSTER_URL', 'REDIS_CLUSTER_TLS_URL', 'REDIS_SENTINEL_URL']

/** What else it takes: one to drive the servers, one to make their certificate. */
const helpers = ['redis-cli', 'openssl']

/**
 * One Redis server, a cluster of three masters and three replicas, both with and without TLS, and a sentinel that
 * watches the one server. Tests of faults start servers of their own by `REDIS_SERVER_PATH`.
 */
export const redis: Service = {
  name: 'redis',
  why: 'the kv on real servers, and collectors that lose theirs',
  command: 'apt-get install -y redis-server openssl, or REDIS_URL=redis://host:port npm test',
  find: findRedis,
  install: (env, say) => aptInstall(['redis-server', 'openssl'], env, say),
  start: startRedis,
}

async function findRedis(env: Env): Promise<Found | undefined> {
  const given = Object.fromEntries(urlNames.flatMap((name) => (env[name] ? [[name, env[name]]] : [])))
  const hasHelpers = helpers.every((name) => findOnPath([name], env).length > 0)
  for (const path of hasHelpers ? findOnPath(['redis-server'], env) : []) {
    const { code, output } = await runCommand([path, '--version'], { env })
    const version = /v=(\d+(?:\.\d+)+)/.exec(output)?.[1]
    if (code === 0 && version) return { version, where: path, env: { ...given, REDIS_SERVER_PATH: path } }
  }
  // Only a name: the URL may hold a password.
  return env.REDIS_URL ? { version: 'of yours', where: 'REDIS_URL', env: given } : undefined
}

/** A server that is named is enough to start none: tests of what it does not have are skipped. */
async function startRedis({ env: told }: Found): Promise<Started> {
  const program = told.REDIS_SERVER_PATH
  if (program === undefined || told.REDIS_URL !== undefined) return { env: {}, stop: async () => {} }
  const folder = mkdtempSync(join(tmpdir(), 'trailstitch-certificate-'))
  const certificate = await makeCertificate(folder)
  const servers = createRedisServers(program, certificate)
  const stop = async (): Promise<void> => {
    await servers.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    const single = await servers.start()
    const sentinel = await servers.startSentinel('main', single.port)
    const cluster = await servers.startCluster()
    return {
      env: {
        REDIS_URL: `redis://127.0.0.1:${single.port}`,
        REDIS_TLS_URL: `rediss://127.0.0.1:${single.tlsPort}`,
        REDIS_CLUSTER_URL: `redis+cluster://${cluster.map(({ port }) => `127.0.0.1:${port}`).join(',')}`,
        REDIS_CLUSTER_TLS_URL: `rediss+cluster://${cluster.map(({ tlsPort }) => `127.0.0.1:${tlsPort}`).join(',')}`,
        REDIS_SENTINEL_URL: `redis+sentinel://127.0.0.1:${sentinel.port}/main`,
        // So that processes of tests trust the servers' certificate.
        REDIS_CA_FILE: certificate.certificateFile,
        ...told,
      },
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}
