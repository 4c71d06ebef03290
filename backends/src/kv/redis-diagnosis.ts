import { Cluster } from 'ioredis'
import type { Deps } from '../deps.ts'
import type { Diagnosis } from '../diagnosis.ts'
import type { RedisClient } from './redis-client.ts'
import { describePlace, type RedisPlace } from './redis-url.ts'

const maxSkewMs = 2_000

/** Asks the server, or each master of the cluster, for its version, what it does when it is full, and its time. */
export async function diagnoseRedis(client: RedisClient, place: RedisPlace, { now }: Deps): Promise<Diagnosis[]> {
  const servers = client instanceof Cluster ? client.nodes('master') : [client]
  const answers = await Promise.all(
    servers.map(async (server) => {
      const facts = parseInfo(await server.info())
      const askedAt = now()
      const [seconds, micros] = await server.time()
      const serverAt = Number(seconds) * 1_000 + Number(micros) / 1_000
      return { facts, skewMs: serverAt - (askedAt + now()) / 2 }
    }),
  )
  const versions = [...new Set(answers.map(({ facts }) => facts.get('redis_version') ?? 'of unknown version'))]
  const masters = servers.length === 1 ? '' : `, ${servers.length} masters`
  return [
    { name: 'redis', level: 'ok', detail: `Redis ${versions.join(', ')} at ${describePlace(place)}${masters}` },
    ...judgeMemory(answers.map(({ facts }) => facts)),
    judgeSkew(Math.max(...answers.map(({ skewMs }) => Math.abs(skewMs)))),
  ]
}

/** A server that is full either refuses or throws away keys of its choice, running leases and limits among them. */
export function judgeMemory(servers: readonly ReadonlyMap<string, string>[]): Diagnosis[] {
  const evicting = servers.find(
    (facts) => facts.get('maxmemory') !== '0' && (facts.get('maxmemory_policy') ?? 'noeviction') !== 'noeviction',
  )
  if (evicting === undefined) return [{ name: 'redis memory', level: 'ok', detail: 'no key is evicted' }]
  return [
    {
      name: 'redis memory',
      level: 'warn',
      detail: `It evicts keys when it is full (maxmemory-policy ${evicting.get('maxmemory_policy')}).`,
      fix: 'Set maxmemory-policy to noeviction: limits and leases must not vanish. Give caches a Redis of their own.',
    },
  ]
}

export function judgeSkew(skewMs: number): Diagnosis {
  const detail = `its clock and ours are ${Math.round(skewMs)} ms apart`
  if (skewMs <= maxSkewMs) return { name: 'redis clock', level: 'ok', detail }
  const fix = 'Keep the clocks of both machines right with NTP (timedatectl set-ntp true).'
  return { name: 'redis clock', level: 'warn', detail, fix }
}

/** The lines `name:value` of INFO. */
function parseInfo(text: string): Map<string, string> {
  const lines = text.split('\r\n').map((line) => line.split(':'))
  return new Map(lines.map(([name = '', ...value]) => [name, value.join(':')]))
}
