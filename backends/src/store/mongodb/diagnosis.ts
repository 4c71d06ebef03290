import type { Db } from 'mongodb'
import type { Deps } from '../../deps.ts'
import type { Diagnosis } from '../../diagnosis.ts'
import { indexes } from './tables.ts'

const maxSkewMs = 2_000

/** Asks the server for its version and kind, its clock, and whether all indexes are there. */
export async function diagnoseMongo(db: Db, { now }: Pick<Deps, 'now'>): Promise<Diagnosis[]> {
  const askedAt = now()
  const hello = await db.command({ isMaster: 1 }) // the older name, which compatible servers know, too
  const skewMs = hello.localTime instanceof Date ? hello.localTime.getTime() - (askedAt + now()) / 2 : 0
  const { version } = await db.command({ buildInfo: 1 })
  return [
    { name: 'mongodb', level: 'ok', detail: `MongoDB ${version}, ${describeKind(hello)}, database ${db.databaseName}` },
    ...judgeKind(hello),
    judgeSkew(skewMs),
    await judgeIndexes(db),
    await judgeEvents(db),
  ]
}

function describeKind({ setName, msg }: { setName?: unknown; msg?: unknown }): string {
  if (msg === 'isdbgrid') return 'sharded'
  return typeof setName === 'string' ? `replica set ${setName}` : 'a single server'
}

function judgeKind({ setName, msg }: { setName?: unknown; msg?: unknown }): Diagnosis[] {
  if (setName !== undefined || msg === 'isdbgrid') return []
  return [
    {
      name: 'mongodb replicas',
      level: 'warn',
      detail: 'A single server: what it acknowledged is lost with its disk.',
      fix: 'Use a replica set in production; writes then wait for a majority.',
    },
  ]
}

function judgeSkew(skewMs: number): Diagnosis {
  const detail = `its clock and ours are ${Math.round(Math.abs(skewMs))} ms apart`
  if (Math.abs(skewMs) <= maxSkewMs) return { name: 'mongodb clock', level: 'ok', detail }
  const fix = 'Keep the clocks of both machines right with NTP (timedatectl set-ntp true).'
  return { name: 'mongodb clock', level: 'warn', detail, fix }
}

async function judgeIndexes(db: Db): Promise<Diagnosis> {
  const missing: string[] = []
  let count = 0
  for (const [collection, specs] of Object.entries(indexes)) {
    const there = new Set((await db.collection(collection).listIndexes().toArray()).map(({ name }) => name as string))
    count += specs.length
    missing.push(...specs.flatMap(({ name }) => (there.has(name) ? [] : [`${collection}.${name}`])))
  }
  if (missing.length === 0) return { name: 'mongodb indexes', level: 'ok', detail: `all ${count} are there` }
  const fix = 'Delete the document { _id: "schema" } of the collection meta and start a processor: it makes them again.'
  return { name: 'mongodb indexes', level: 'fail', detail: `Missing: ${missing.join(', ')}.`, fix }
}

async function judgeEvents(db: Db): Promise<Diagnosis> {
  const found = (await db.listCollections().toArray()).find(({ name }) => name === 'events')
  const kind = found?.type === 'timeseries' ? 'a time-series collection' : 'an ordinary collection'
  return { name: 'mongodb events', level: 'ok', detail: `events are kept in ${kind}` }
}
