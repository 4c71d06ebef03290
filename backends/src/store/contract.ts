import { afterAll, afterEach, beforeAll, describe, expect } from 'vitest'
import { type ContractSkip, createGuarantees } from '../contract.ts'
import { erasureCases } from './contract-erasure.ts'
import { lookupCases } from './contract-lookup.ts'
import { recordsCases } from './contract-records.ts'
import { removalCases } from './contract-removal.ts'
import { retentionCases } from './contract-retention.ts'
import { chunkOf, eventOf, minute, type StoreFixture, type Suite, stitchAll, storedIds } from './contract-support.ts'
import type { StitchRules, Store, StoreOptions } from './port.ts'

export type { StoreFixture } from './contract-support.ts'

/**
 * Registers the guarantees of the store port as tests of one backend. What the answers are is another matter: every store
 * is held to the memory store on random events.
 */
export function storeContract(
  backend: string,
  rules: StitchRules,
  start: () => Promise<StoreFixture>,
  skips: readonly ContractSkip[] = [],
): void {
  describe(`store contract, ${backend}`, () => {
    const { guarantee, done } = createGuarantees(skips)
    let started: StoreFixture | undefined
    let handles: Store[] = []
    let round = 0
    const fixture = (): StoreFixture => {
      if (!started) throw new Error('The fixture did not start.')
      return started
    }
    beforeAll(async () => {
      started = await start()
    })
    afterEach(async () => {
      for (const store of handles) await store.close()
      handles = []
      round++
    })
    afterAll(() => started?.stop())
    const open = async (options?: StoreOptions): Promise<Store> => {
      const store = await fixture().open(`case-${round}`, options)
      handles.push(store)
      return store
    }
    const openOther = async (options?: StoreOptions): Promise<Store> => {
      const store = await fixture().open(`case-${round}-other`, options)
      handles.push(store)
      return store
    }
    const suite: Suite = { guarantee, rules, fixture, open, openOther }
    onceCases(suite)
    sharedCases(suite)
    bookCases(suite)
    clockCases(suite)
    stitchCases(suite)
    handleCases(suite)
    lookupCases(suite)
    recordsCases(suite)
    retentionCases(suite)
    erasureCases(suite)
    removalCases(suite)
    done()
  })
}

function onceCases({ guarantee, open }: Suite): void {
  guarantee('a chunk that comes again changes nothing', async () => {
    const store = await open()
    const chunk = chunkOf(1, [eventOf('m1'), eventOf('m2')])
    await store.append([chunk])
    expect(await store.append([chunk])).toEqual([{ redelivered: true, stored: 0, duplicate: 0, rejected: 0 }])
    expect(await storedIds(store)).toEqual(['m1', 'm2'])
    expect(await store.query({ type: 'ledger' })).toMatchObject({ received: 2, stored: 2, duplicate: 0 })
  })

  guarantee('a messageId counts once, in one chunk and across chunks', async () => {
    const store = await open()
    const outcomes = await store.append([
      chunkOf(1, [eventOf('m1'), eventOf('m1'), eventOf('m2')]),
      chunkOf(2, [eventOf('m2')]),
    ])
    expect(outcomes.map(({ stored, duplicate }) => [stored, duplicate])).toEqual([
      [2, 1],
      [0, 1],
    ])
    expect(await storedIds(store)).toEqual(['m1', 'm2'])
  })

  guarantee('of several copies the one that came first is kept', async () => {
    const store = await open()
    await store.append([chunkOf(1, [eventOf('m1', { name: 'first' }), eventOf('m1', { name: 'second' })])])
    await store.append([chunkOf(2, [eventOf('m1', { name: 'third' })])])
    const { items } = await store.query({ type: 'events', project: 'p' })
    expect(items.map(({ name }) => name)).toEqual(['first'])
  })

  guarantee('projects do not share messageIds', async () => {
    const store = await open()
    const [outcome] = await store.append([chunkOf(1, [eventOf('m1'), eventOf('m1', { project: 'q' })])])
    expect(outcome).toMatchObject({ stored: 2, duplicate: 0 })
  })
}

function sharedCases({ guarantee, open, fixture }: Suite): void {
  guarantee('workers at once store each messageId once', async () => {
    const workers = await Promise.all([open(), open(), open()])
    const ids = Array.from({ length: 60 }, (_, index) => `m${index}`)
    await Promise.all(
      workers.flatMap((worker, which) =>
        [0, 1, 2].map((part) => {
          const events = ids.slice(part * 20, part * 20 + 20).map((id) => eventOf(id))
          return worker.append([chunkOf(part + 1, events, { collector: `c${which}` })])
        }),
      ),
    )
    expect(await storedIds(workers[0] as Store)).toEqual(ids.toSorted())
    expect(await (workers[0] as Store).query({ type: 'ledger' })).toMatchObject({
      received: 180,
      stored: 60,
      duplicate: 120,
    })
  })

  guarantee('a messageId is remembered for the window, over days, and then forgotten', async () => {
    const dayMs = 86_400_000
    const store = await open({ dedupeMs: 3 * dayMs })
    await store.append([chunkOf(1, [eventOf('m1')])])
    for (let day = 1; day <= 3; day++) {
      await fixture().elapse(dayMs)
      await store.maintain()
      expect(await store.append([chunkOf(1 + day, [eventOf('m1'), eventOf(`d${day}`)])])).toMatchObject([
        { stored: 1, duplicate: 1 },
      ])
    }
    await fixture().elapse(2 * dayMs)
    await store.maintain()
    expect(await store.append([chunkOf(9, [eventOf('m1')])])).toMatchObject([{ stored: 1, duplicate: 0 }])
  })
}

function clockCases({ guarantee, open }: Suite): void {
  guarantee('how far clocks were off is counted once for each event that is stored, by day of receipt', async () => {
    const store = await open()
    const sent = (messageId: string, offMs: number, receivedAt = minute + 2000) =>
      eventOf(messageId, { receivedAt, sentAt: receivedAt - offMs })
    const nextDay = minute + 86_400_000
    const first = chunkOf(1, [sent('m1', 1_000), sent('m2', 60_001), sent('m3', -10_000), sent('m4', 0, nextDay)])
    await store.append([first])
    // Comes again: the chunk, an event in another one, and one that says something else of its clock.
    await store.append([first])
    await store.append([chunkOf(2, [sent('m1', 1_000), sent('m2', -5_000), eventOf('m5'), sent('m6', 60_001)])])
    await store.append([
      chunkOf(
        3,
        [sent('m7', 4_000_000)].map((event) => ({ ...event, project: 'q' })),
      ),
    ])
    const erased = [{ project: 'p', minute, kind: 'stored' as const, events: 2 }]
    await store.append([chunkOf(4, [], { erased })])
    const range = { from: minute - 3_600_000, to: nextDay + 3_600_000 }
    const told = async (project: string) =>
      (await store.query({ type: 'clocks', project, ...range })).days.map(({ start, events, clocks }) => [
        ...[start, events],
        Object.fromEntries(Object.entries(clocks).filter(([, count]) => count > 0)),
      ])
    const start = Math.floor(minute / 86_400_000) * 86_400_000
    expect(await told('p')).toEqual([
      [start, 7, { within_1s: 1, behind_10m: 2, ahead_10s: 1, unknown: 3 }],
      [start + 86_400_000, 1, { within_1s: 1 }],
    ])
    expect(await told('q')).toEqual([
      [start, 1, { behind_more: 1 }],
      [start + 86_400_000, 0, {}],
    ])
    const later = await store.query({ type: 'clocks', project: 'p', from: minute + 60_000, to: nextDay })
    expect(later.days.map(({ events }) => events)).toEqual([0, 0])
    const inVienna = { from: minute - 3_600_000, to: minute + 60_000, timeZone: 'Europe/Vienna' }
    const { days } = await store.query({ type: 'clocks', project: 'p', ...inVienna })
    expect(days.map((day) => [day.start, day.events])).toEqual([[start - 3_600_000, 7]])
  })
}

function bookCases({ guarantee, open }: Suite): void {
  const rejected = [
    { project: 'p', place: '0:1', code: 'too_deep' as const, message: 'deep', receivedAt: minute + 5, body: '{}' },
  ]

  guarantee('received is stored plus duplicate plus rejected, per minute', async () => {
    const store = await open()
    await store.append([chunkOf(1, [eventOf('m1')], { rejected }), chunkOf(2, [eventOf('m1')])])
    const { minutes, ...sums } = await store.query({ type: 'ledger', project: 'p' })
    expect(sums).toMatchObject({ received: 3, stored: 1, duplicate: 1, rejected: 1, holes: [] })
    expect(minutes).toEqual([{ project: 'p', minute, received: 3, stored: 1, duplicate: 1, rejected: 1 }])
    expect(await store.query({ type: 'ledger', from: minute + 60_000 })).toMatchObject({ received: 0 })
  })

  guarantee('a rejected event is listed with its code, once, and remembers its replay', async () => {
    const store = await open()
    const chunk = chunkOf(1, [], { rejected })
    await store.append([chunk])
    await store.append([chunk])
    const { items } = await store.query({ type: 'rejected', project: 'p' })
    expect(items).toMatchObject([{ id: 'c1:1:0:1', code: 'too_deep', body: '{}' }])
    await store.markReplayed('c1:1:0:1', 77)
    expect((await store.query({ type: 'rejected', id: 'c1:1:0:1' })).items).toMatchObject([{ replayedAt: 77 }])
  })

  guarantee('a missing number is a hole until it comes or is given up', async () => {
    const store = await open()
    const holes = async () =>
      (await store.query({ type: 'ledger' })).holes.map(({ fromSeq, toSeq }) => [fromSeq, toSeq])
    await store.append([chunkOf(1, []), chunkOf(4, []), chunkOf(6, [])])
    expect(await holes()).toEqual([
      [2, 3],
      [5, 5],
    ])
    await store.append([chunkOf(7, [], { voided: [2, 5] })])
    expect(await holes()).toEqual([[3, 3]])
    await store.append([chunkOf(3, [])])
    expect(await holes()).toEqual([])
    const chunks = [3, 5, 8].map((seq) => ({ collector: 'c1', seq }))
    expect((await store.query({ type: 'processed', chunks })).map(({ seq }) => seq)).toEqual([3, 5])
  })
}

function stitchCases({ guarantee, open, rules }: Suite): void {
  guarantee('workers that stitch at once fold each event once', async () => {
    const workers = await Promise.all([open(), open(), open()])
    const events = Array.from({ length: 50 }, (_, index) =>
      eventOf(`m${index}`, { anonymousId: `a${index % 5}`, timestamp: minute + index }),
    )
    await Promise.all(
      workers.map((worker, which) => worker.append([chunkOf(which + 1, events.slice(which * 20, which * 20 + 20))])),
    )
    await Promise.all(workers.map((worker) => stitchAll(worker, rules)))
    const { items } = await (workers[0] as Store).query({ type: 'sessions', project: 'p' })
    expect(items.map((session) => session.events)).toEqual([10, 10, 10, 10, 10])
  })

  guarantee('what was appended by a worker that died is stitched by the next', async () => {
    const dead = await open()
    await dead.append([chunkOf(1, [eventOf('m1')])])
    await dead.close()
    const next = await open()
    await stitchAll(next, rules)
    expect((await next.query({ type: 'people', project: 'p' })).items).toHaveLength(1)
  })

  guarantee('a stitching that fails leaves nothing half done', async () => {
    const store = await open()
    await store.append([chunkOf(1, [eventOf('m1'), eventOf('m2', { anonymousId: 'a2', userId: 'u1' })])])
    const broken = { ...rules, foldVisitor: () => failNow(), extendVisitor: () => failNow(), foldPart: () => failNow() }
    await expect(store.stitch(broken, 10)).rejects.toThrow()
    expect((await store.query({ type: 'people', project: 'p' })).items).toEqual([])
    await stitchAll(store, rules)
    expect((await store.query({ type: 'people', project: 'p' })).items).toHaveLength(2)
    const { totals } = await store.query({ type: 'overview', project: 'p', from: minute, to: minute + 1 })
    expect(totals).toMatchObject({ events: 2, sessions: 2, people: 2 })
  })
}

function failNow(): never {
  throw new Error('broken on purpose')
}

function handleCases({ guarantee, open, rules }: Suite): void {
  guarantee('what is appended survives reopening', async () => {
    const first = await open()
    await first.append([chunkOf(1, [eventOf('m1')])])
    await stitchAll(first, rules)
    await first.close()
    const second = await open()
    expect(await storedIds(second)).toEqual(['m1'])
    expect(await second.append([chunkOf(2, [eventOf('m1')])])).toMatchObject([{ duplicate: 1 }])
  })

  guarantee('a handle for reading sees what others write and writes nothing', async () => {
    const reader = await open({ readOnly: true })
    expect((await reader.query({ type: 'people', project: 'p' })).items).toEqual([])
    const writer = await open()
    await writer.append([chunkOf(1, [eventOf('m1')])])
    await stitchAll(writer, rules)
    expect((await reader.query({ type: 'people', project: 'p' })).items).toHaveLength(1)
    await expect(reader.append([chunkOf(2, [])])).rejects.toThrow()
  })

  guarantee('a handle for reading marks what was replayed', async () => {
    const writer = await open()
    const odd = {
      project: 'p',
      place: '0:0',
      code: 'unknown_type' as const,
      message: 'odd',
      receivedAt: minute,
      body: '{}',
    }
    await writer.append([chunkOf(1, [], { rejected: [odd] })])
    const reader = await open({ readOnly: true })
    await reader.markReplayed('c1:1:0:0', 99)
    expect((await reader.query({ type: 'rejected', project: 'p' })).items).toMatchObject([{ replayedAt: 99 }])
    expect((await writer.query({ type: 'rejected', project: 'p' })).items).toMatchObject([{ replayedAt: 99 }])
  })

  guarantee('a cursor of another list is refused with its code', async () => {
    const store = await open()
    for (const cursor of [
      'zz',
      '',
      Buffer.from('[1]').toString('base64url'),
      Buffer.from('{}').toString('base64url'),
    ]) {
      await expect(store.query({ type: 'people', project: 'p', cursor })).rejects.toMatchObject({
        code: 'invalid_cursor',
      })
    }
    await expect(store.query({ type: 'live', project: 'p', after: 'zz' })).rejects.toMatchObject({
      code: 'invalid_cursor',
    })
  })

  guarantee('close is idempotent', async () => {
    const store = await open()
    await store.close()
    await store.close()
  })
}
