import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { openStore, type Store, silentLog } from '@trailstitch/backends'
import { clockClasses } from '@trailstitch/protocol'
import { MongoClient } from 'mongodb'
import { describe, expect, it, test } from 'vitest'
import { migrations } from '../../backends/src/store/sqlite/schema.ts'
import { normaliseEvent } from '../src/steps/normalise.ts'
import { storeOf } from './analysis/support.ts'
import { createMongoRun } from './mongo-run.ts'
import { chunkOf } from './stitch/worlds.ts'
import { definitions, receivedAt, tableOf } from './support.ts'

const deps = { now: () => receivedAt, log: silentLog }
const eventOf = (messageId: string, sentAt: string | undefined) =>
  normaliseEvent(
    { type: 'track', event: 'A', anonymousId: 'a', messageId, ...(sentAt !== undefined && { sentAt }) },
    { project: 'p', receivedAt },
    'x',
  )

/** The classes that a day has events of. */
async function clocksOf(store: Store): Promise<Record<string, number>> {
  const { days } = await store.query({ type: 'clocks', project: 'p', from: receivedAt, to: receivedAt + 60_000 })
  return Object.fromEntries(Object.entries(days[0]?.clocks ?? {}).filter(([, count]) => count > 0))
}

describe('clocks are as in docs/definitions.md', () => {
  it.each(tableOf(definitions(), '| sentAt, T = 12:00:00 | class |'))('%s: %s', async (sentAt = '', name = '') => {
    const time = sentAt === '-' ? undefined : `2026-03-${sentAt}Z`
    expect(await clocksOf(await storeOf([eventOf('m1', time)]))).toEqual({ [name]: 1 })
  })

  it('names every class', () => {
    const named = tableOf(definitions(), '| sentAt, T = 12:00:00 | class |').map(([, name]) => name)
    expect([...new Set(named)].sort()).toEqual([...clockClasses, 'unknown'].sort())
  })
})

const [before, after] = [eventOf('m1', '2026-03-01T11:59:55Z'), eventOf('m2', '2026-03-01T12:00:00Z')]

test('what a SQLite store counted before it knew of clocks is unknown, and is added to', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'clocks-'))
  const path = join(folder, 'store.db')
  const db = new DatabaseSync(path)
  const known = migrations.findIndex((step) => step.includes('within_1s'))
  for (const step of migrations.slice(0, known)) db.exec(step)
  db.exec(`PRAGMA user_version = ${known}`)
  const minute = Math.floor(receivedAt / 60_000) * 60_000
  db.prepare('INSERT INTO ledger VALUES (?, ?, ?, ?, ?, ?)').run('p', minute, 1, 1, 0, 0)
  db.close()
  const store = await openStore(`sqlite:${path}`, deps)
  expect(await clocksOf(store)).toEqual({ unknown: 1 })
  await store.append([chunkOf([after], 2)])
  expect(await clocksOf(store)).toEqual({ unknown: 1, within_1s: 1 })
  await store.close()
  rmSync(folder, { recursive: true, force: true })
})

test.skipIf(!process.env.MONGO_URL)('so it is in MongoDB', async () => {
  const run = createMongoRun(process.env.MONGO_URL ?? '')
  const url = run.url('clocks')
  const store = await openStore(url, deps)
  await store.append([chunkOf([before], 1)])
  expect(await clocksOf(store)).toEqual({ behind_10s: 1 })
  const client = await MongoClient.connect(url)
  await client
    .db()
    .collection('ledger')
    .updateMany({}, { $unset: { clocks: '' } })
  await client.close()
  expect(await clocksOf(store)).toEqual({ unknown: 1 })
  await store.append([chunkOf([after], 2)])
  expect(await clocksOf(store)).toEqual({ unknown: 1, within_1s: 1 })
  await store.close()
  await run.drop()
})
