import type { ClocksAnswer, LedgerAnswer, RejectedEvent, StoredEvent } from '@trailstitch/protocol'
import { expect } from 'vitest'
import { chunkOf, eventOf, minute, type Suite, stitchAll } from './contract-support.ts'
import type { Store } from './port.ts'
import type { RecordKind } from './records.ts'

const dayMs = 86_400_000
const kinds = ['event', 'claim', 'rejected', 'minute', 'numbers'] as const satisfies readonly RecordKind[]

const rejectedOf = (place: string, at: number) => ({
  project: 'p',
  place,
  code: 'too_deep' as const,
  message: `deep ${place}`,
  receivedAt: at,
  body: '{"a":"ü"}',
})

/** Copies as the command does, in pages of two; tells how many records of each kind were written. */
async function copyAll(source: Store, target: Store): Promise<Record<RecordKind, number>> {
  const counts = { event: 0, claim: 0, rejected: 0, minute: 0, numbers: 0 }
  const cursors = await target.records.begin(await source.records.id())
  for (const kind of kinds) {
    for (let after: string | null = cursors[kind] ?? null, isFirst = true; isFirst || after !== null; isFirst = false) {
      const page = await source.records.read(kind, after, 2)
      expect(await target.records.write(kind, page)).toBe(true)
      counts[kind] += page.items.length
      after = page.next
    }
  }
  return counts
}

/** What a store holds that is not derived, as far as queries tell. */
const [from, to] = [minute - dayMs, minute + dayMs]

async function contentOf(store: Store): Promise<{
  events: StoredEvent[]
  rejected: RejectedEvent[]
  ledger: LedgerAnswer
  clocks: ClocksAnswer[]
  count: { project: string; events: number }[]
}> {
  const events = await Promise.all(
    ['p', 'q'].map(async (project) => (await store.query({ type: 'events', project, limit: 1000 })).items),
  )
  return {
    events: events.flat().sort((a, b) => (a.messageId < b.messageId ? -1 : 1)),
    rejected: (await store.query({ type: 'rejected', limit: 1000 })).items,
    ledger: await store.query({ type: 'ledger' }),
    clocks: await Promise.all(['p', 'q'].map((project) => store.query({ type: 'clocks', project, from, to }))),
    count: await store.records.count(),
  }
}

/** A store with some of everything: two projects, all fields, duplicates, rejected events, a void and a hole. */
async function fill(store: Store): Promise<void> {
  const rich = eventOf('m0', {
    userId: 'u1',
    properties: { 'a.b': [1, { $c: 'ü\u{1f600}\ufffd' }], empty: {} },
    traits: { email: 'a@x.test' },
    context: { page: { path: '/' } },
    receivedAt: minute + 61_000,
    sentAt: minute - 61_000,
  })
  const many = Array.from({ length: 5 }, (_, index) => eventOf(`m${index + 1}`, { anonymousId: `a${index % 2}` }))
  const chunks = [
    chunkOf(1, [rich, ...many], { rejected: [rejectedOf('0:1', minute + 5), rejectedOf('0:2', minute + 5)] }),
    chunkOf(3, [eventOf('m1'), eventOf('m1', { project: 'q' })], { voided: [2] }),
    chunkOf(6, [eventOf('m9')], { rejected: [rejectedOf('1:0', minute - 60_000)] }),
    chunkOf(1, [], { collector: 'c0' }),
    chunkOf(2, [], { collector: 'c2' }),
  ]
  for (const chunk of chunks) await store.append([chunk])
  await store.markReplayed('c1:1:0:1', 77)
}

export function recordsCases(suite: Suite): void {
  contentCases(suite)
  laterCases(suite)
  refusalCases(suite)
}

function contentCases({ guarantee, open, openOther, fixture, rules }: Suite): void {
  guarantee('a copy holds every event, rejected event, line of the books and hole', async () => {
    const source = await open()
    await fill(source)
    await stitchAll(source, rules)
    const reader = await open({ readOnly: true })
    const target = await openOther()
    expect(await copyAll(reader, target)).toEqual({ event: 8, claim: 8, rejected: 3, minute: 4, numbers: 3 })
    await stitchAll(target, rules)
    expect(await contentOf(target)).toEqual(await contentOf(source))
    expect((await contentOf(target)).ledger.holes).toMatchObject([
      { collector: 'c1', fromSeq: 4, toSeq: 5 },
      { collector: 'c2', fromSeq: 1, toSeq: 1 },
    ])
    const people = { type: 'people', project: 'p' } as const
    expect(await target.query(people)).toEqual(await source.query(people))
  })

  guarantee('a chunk that was taken in is recognised by the copy, and one that was lost is not', async () => {
    const source = await open()
    await fill(source)
    await stitchAll(source, rules)
    const target = await openOther()
    await copyAll(source, target)
    const outcomes = await target.append([
      chunkOf(6, [eventOf('new')]),
      chunkOf(2, [eventOf('new')]),
      chunkOf(4, [eventOf('lost')]),
    ])
    expect(outcomes.map(({ redelivered, stored }) => [redelivered, stored])).toEqual([
      [true, 0],
      [true, 0],
      [false, 1],
    ])
    expect((await target.query({ type: 'ledger' })).holes[0]).toMatchObject({ collector: 'c1', fromSeq: 5, toSeq: 5 })
  })

  guarantee('events that came to the same messageId after it was forgotten are all copied', async () => {
    const source = await open({ dedupeMs: dayMs })
    await source.append([chunkOf(1, [eventOf('m1', { name: 'first' })])])
    await fixture().elapse(4 * dayMs)
    await source.append([chunkOf(2, [eventOf('m1', { name: 'second' })])])
    await stitchAll(source, rules)
    const target = await openOther({ dedupeMs: dayMs })
    await copyAll(source, target)
    expect((await contentOf(target)).events.map(({ name }) => name).sort()).toEqual(['first', 'second'])
  })
}

function laterCases({ guarantee, open, openOther, fixture, rules }: Suite): void {
  guarantee('a copy that goes on, from another handle, takes what came since and nothing twice', async () => {
    const source = await open()
    await fill(source)
    await stitchAll(source, rules)
    await copyAll(source, await openOther())
    await source.append([
      chunkOf(4, [eventOf('m20'), eventOf('m0')], { rejected: [rejectedOf('0:0', minute + 9)] }),
      chunkOf(1, [eventOf('m21')], { collector: 'c2' }),
    ])
    await source.markReplayed('c1:1:0:2', 78)
    await stitchAll(source, rules)
    const target = await openOther()
    expect(await copyAll(source, target)).toMatchObject({ event: 2, rejected: 4, numbers: 3 })
    await stitchAll(target, rules)
    expect(await contentOf(target)).toEqual(await contentOf(source))
    expect(await copyAll(source, target)).toMatchObject({ event: 0 })
    expect(await contentOf(target)).toEqual(await contentOf(source))
  })

  guarantee('a messageId counts as taken in the copy for what is left of its window', async () => {
    const dedupeMs = 3 * dayMs
    const source = await open({ dedupeMs })
    await source.append([chunkOf(1, [eventOf('m1'), eventOf('m2')])])
    await stitchAll(source, rules)
    await fixture().elapse(2 * dayMs)
    const target = await openOther({ dedupeMs })
    expect(await copyAll(source, target)).toMatchObject({ claim: 2 })
    await target.maintain()
    expect(await target.append([chunkOf(2, [eventOf('m1'), eventOf('m3')])])).toMatchObject([
      { stored: 1, duplicate: 1 },
    ])
    await fixture().elapse(3 * dayMs)
    await target.maintain()
    expect(await target.append([chunkOf(3, [eventOf('m2'), eventOf('m3')])])).toMatchObject([
      { stored: 1, duplicate: 1 },
    ])
  })

  guarantee('claims of days that a copy has seen to their end are not read again', async () => {
    const source = await open()
    await source.append([chunkOf(1, [eventOf('m1')])])
    await fixture().elapse(3 * dayMs)
    await source.append([chunkOf(2, [eventOf('m2')])])
    await stitchAll(source, rules)
    const target = await openOther()
    expect(await copyAll(source, target)).toMatchObject({ claim: 2 })
    await source.append([chunkOf(3, [eventOf('m3')])])
    await stitchAll(source, rules)
    expect(await copyAll(source, target)).toMatchObject({ claim: 2 })
    expect(await target.append([chunkOf(4, [eventOf('m1'), eventOf('m2'), eventOf('m3')])])).toMatchObject([
      { stored: 0, duplicate: 3 },
    ])
  })
}

function refusalCases({ guarantee, open, openOther, rules }: Suite): void {
  guarantee('a page of events that does not follow on the last one changes nothing', async () => {
    const source = await open()
    await fill(source)
    await stitchAll(source, rules)
    const target = await openOther()
    await target.records.begin(await source.records.id())
    const first = await source.records.read('event', null, 3)
    const second = await source.records.read('event', first.next, 3)
    expect(await target.records.write('event', second)).toBe(false)
    expect(await target.records.write('event', first)).toBe(true)
    expect(await target.records.write('event', first)).toBe(false)
    expect(await target.records.count()).toEqual(countsOf(first.items.map(({ event }) => event)))
  })

  guarantee('only an empty store becomes a copy, and of one store alone', async () => {
    const source = await open()
    await fill(source)
    const id = await source.records.id()
    expect(await (await open({ readOnly: true })).records.id()).toBe(id)
    await expect(source.records.begin('another')).rejects.toMatchObject({ code: 'not_a_copy' })
    const target = await openOther()
    expect(await target.records.id()).not.toBe(id)
    const page = await source.records.read('rejected', null, 3)
    await expect(target.records.write('rejected', page)).rejects.toMatchObject({ code: 'not_a_copy' })
    expect(await target.records.begin(id)).toEqual({})
    expect(await target.records.begin(id)).toEqual({})
    await expect(target.records.begin('another')).rejects.toMatchObject({ code: 'not_a_copy' })
  })

  guarantee('a cursor that no reading gave is refused with its code', async () => {
    const store = await open()
    for (const kind of kinds)
      await expect(store.records.read(kind, 'zz', 3)).rejects.toMatchObject({ code: 'invalid_cursor' })
  })
}

function countsOf(events: readonly StoredEvent[]): { project: string; events: number }[] {
  const counts = [...Map.groupBy(events, ({ project }) => project)]
  return counts
    .map(([project, own]) => ({ project, events: own.length }))
    .sort((a, b) => (a.project < b.project ? -1 : 1))
}
