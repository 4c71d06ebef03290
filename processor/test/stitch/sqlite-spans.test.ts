import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { openStore, type Store, silentLog } from '@trailstitch/backends'
import type { OverviewAnswer, StoredEvent } from '@trailstitch/protocol'
import { expect, onTestFinished, test } from 'vitest'
import { createFolder } from '../../../backends/test/fixtures/folder.ts'
import { stitchRules } from '../../src/stitch/index.ts'
import { storedEvent } from '../support.ts'
import { chunkOf } from './worlds.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const june = Date.UTC(2026, 5, 1)

const page = (messageId: string, at: number, more: Partial<StoredEvent> = {}): StoredEvent =>
  storedEvent({
    ...{ project: 'p', messageId, type: 'page', name: 'page', anonymousId: 'v', timestamp: at, receivedAt: at },
    ...more,
  })

/** A store in a file, the reference store, and a reader as the dashboard has it, at a time that can be changed. */
async function openBoth() {
  const folder = createFolder()
  const path = join(folder.path, 'store.db')
  const clock = { now: june }
  const deps = { now: () => clock.now, log: silentLog }
  const store = await openStore(`sqlite:${path}`, deps)
  const oracle = await openStore('memory:', deps)
  const reader = await openStore(`sqlite:${path}`, deps, { readOnly: true })
  const db = new DatabaseSync(path, { readOnly: true })
  onTestFinished(async () => {
    db.close()
    for (const each of [reader, store, oracle]) await each.close()
    folder.remove()
  })
  let seq = 0
  const stitch = async (each: Store): Promise<void> => {
    for (let behind = 1; behind > 0; ) ({ behind } = await each.stitch(stitchRules, 1_000))
  }
  const ask = async (each: Store, from: number, to: number) => {
    const { meta, ...figures } = await each.query({ type: 'overview', project: 'p', from, to, top: 100 })
    return { ...figures, exact: meta.exact }
  }
  return {
    clock,
    async take(events: readonly StoredEvent[]): Promise<void> {
      const chunk = chunkOf(events, ++seq)
      for (const each of [store, oracle]) {
        await each.append([chunk])
        await stitch(each)
      }
    },
    /** A worker that looks now and then. */
    async settle(): Promise<void> {
      for (let left = 100; left > 0; left--) await stitch(store)
    },
    /** Days and months that are made and count. */
    made: () =>
      db
        .prepare('SELECT level, start FROM span_states WHERE changed_at IS NULL ORDER BY level, start')
        .all()
        .map(
          ({ level, start }) =>
            `${['day', 'ten days', 'month'][level as number]} ${new Date(start as number).toISOString().slice(0, 10)}`,
        ),
    /** The same from all, or the test fails. */
    async compare(from: number, to: number): Promise<Omit<OverviewAnswer, 'meta'>> {
      const expected = await ask(oracle, from, to)
      expect(await ask(store, from, to)).toEqual(expected)
      expect(await ask(reader, from, to)).toEqual(expected)
      return expected
    },
    rowsScanned: async (from: number, to: number) =>
      (await reader.query({ type: 'overview', project: 'p', from, to })).meta.rowsScanned,
  }
}

test('days, tens of days and months are put together once they are over and at rest, and no answer tells', async () => {
  const { clock, take, settle, made, compare, rowsScanned } = await openBoth()
  const hours = Array.from({ length: 40 * 24 }, (_, hour) =>
    page(`m${hour}`, june + hour * hourMs, { anonymousId: `v${hour % 50}`, path: `/${hour % 3}` }),
  )
  clock.now = june + 40 * dayMs
  await take(hours)
  await settle()
  expect(made()).toEqual([])
  const before = await rowsScanned(june, clock.now)

  clock.now += 10 * 60_000 + 1
  await settle()
  expect(made()).toHaveLength(40)
  // People of single hours are told of 31 days, and not of one hour more.
  const told = async (hours: number) => (await compare(june, june + hours * hourMs)).hours.map(({ people }) => people)
  expect((await told(31 * 24)).every((people) => people === 1)).toBe(true)
  expect((await told(31 * 24 + 1)).every((people) => people === null)).toBe(true)
  await compare(june, june + 40 * dayMs)
  await compare(june + 5 * hourMs, june + 3 * dayMs + 2 * hourMs)

  clock.now += 6 * hourMs
  await settle()
  expect(made()).toHaveLength(40 + 4 + 1)
  expect(made().at(-1)).toBe('month 2026-06-01')
  await compare(june - 5 * hourMs, june + 40 * dayMs)
  for (const [first, last] of [
    [3, 27],
    [10, 20],
    [19, 31],
    [20, 30],
    [28, 40],
  ] as const)
    await compare(june + first * dayMs - hourMs, june + last * dayMs + hourMs)
  // Beside the hours, which are told one by one.
  const ofDays = async (first: number, last: number): Promise<number> =>
    (await rowsScanned(june + first * dayMs, june + last * dayMs)) - 24 * (last - first)
  expect(await ofDays(9, 30)).toBeLessThan(await ofDays(2, 9))
  expect(await rowsScanned(june, june + 40 * dayMs)).toBeLessThan(before / 3)
})

test('what comes late counts at once, and its day and month are made anew', async () => {
  const { clock, take, settle, made, compare } = await openBoth()
  await take([page('m1', june), page('m2', june + dayMs, { anonymousId: 'w' })])
  clock.now = june + 40 * dayMs
  await settle()
  expect(made()).toEqual(['day 2026-06-01', 'day 2026-06-02', 'ten days 2026-06-01', 'month 2026-06-01'])
  await take([page('late', june + 2 * hourMs, { anonymousId: 'x' })])
  expect(made()).toEqual(['day 2026-06-02'])
  expect((await compare(june, june + 30 * dayMs)).totals).toMatchObject({ events: 3, people: 3 })
  clock.now += dayMs
  await settle()
  expect(made()).toHaveLength(4)
  expect((await compare(june, june + 30 * dayMs)).totals).toMatchObject({ events: 3, people: 3 })
})

test('who was merged counts once from then on, also in days that were made before', async () => {
  const { clock, take, settle, compare } = await openBoth()
  await take([page('m1', june), page('m2', june, { anonymousId: 'w' }), page('m3', june, { anonymousId: 'x' })])
  clock.now = june + 40 * dayMs
  await settle()
  expect((await compare(june, june + 30 * dayMs)).totals.people).toBe(3)
  const signIn = { type: 'identify', name: 'identify', userId: 'u' } as const
  await take([
    page('i1', clock.now, signIn),
    page('i2', clock.now, { ...signIn, anonymousId: 'w' }),
    page('other', clock.now, { anonymousId: 'new' }),
  ])
  expect((await compare(june, june + 30 * dayMs)).totals.people).toBe(2)
  // An alias moves everybody of the user at once.
  await take([page('alias', clock.now, { type: 'alias', name: 'alias', previousId: 'u', userId: 'root' } as never)])
  expect((await compare(june, clock.now + dayMs)).totals.people).toBe(3)
})

test('a visitor of several users counts for each in their hours, also in days that were made when there was one', async () => {
  const { clock, take, settle, compare } = await openBoth()
  await take([
    page('m1', june + dayMs + 9 * hourMs, { path: '/early' }),
    page('m2', june + dayMs + 10 * hourMs, { path: '/late', userId: 'a' }),
    page('m3', june + dayMs + 10 * hourMs, { path: '/late', anonymousId: 'w', userId: 'a' }),
  ])
  clock.now = june + 40 * dayMs
  await settle()
  expect((await compare(june, june + 30 * dayMs)).totals.people).toBe(1)
  // Before: from then on the early event is of the other user, and its day has not changed.
  await take([page('m0', june + 23 * hourMs, { userId: 'b' })])
  const early = async () =>
    (await compare(june + dayMs, june + 2 * dayMs)).by.page.rows.map(({ value, people }) => [value, people])
  expect(await early()).toEqual([
    ['/late', 1],
    ['/early', 1],
  ])
  clock.now += dayMs
  await settle()
  expect(await early()).toEqual([
    ['/late', 1],
    ['/early', 1],
  ])
  expect((await compare(june, june + 30 * dayMs)).totals.people).toBe(2)
})
