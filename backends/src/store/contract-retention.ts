import type { JourneyItem, PersonDetail, StoredEvent } from '@trailstitch/protocol'
import { expect } from 'vitest'
import { chunkOf, eventOf, type Suite, stitchAll, storedIds } from './contract-support.ts'
import { minuteOf } from './figures.ts'
import type { AppendRejected, Store } from './port.ts'

const dayMs = 86_400_000
const days = 30

/** What is older than its project keeps goes, and what follows from it stays. */
export function retentionCases(suite: Suite): void {
  const scene = createScene(suite)
  goneCases(suite, scene)
  sessionCases(suite, scene)
  peopleCases(suite, scene)
  foldCases(suite, scene)
  figureCases(suite, scene)
  markCases(suite, scene)
}

type Scene = ReturnType<typeof createScene>

function createScene({ fixture, rules }: Suite) {
  const ago = (past: number): number => fixture().now() - past * dayMs
  /** An event that happened and was received so many days ago. */
  const old = (messageId: string, past: number, more: Partial<StoredEvent> = {}): StoredEvent =>
    eventOf(messageId, { timestamp: ago(past), receivedAt: ago(past), ...more })
  /** The same of a user without a visitor. */
  const oldOf = (userId: string, messageId: string, past: number, more: Partial<StoredEvent> = {}): StoredEvent => {
    const { anonymousId: _none, ...event } = old(messageId, past, more)
    return { ...event, userId }
  }
  const retention = { days: new Map([['p', days]]), rules }
  const maintain = async (store: Store): Promise<void> => {
    for (let more = true; more; ) more = await store.maintain(retention)
  }
  const take = async (store: Store, seq: number, events: readonly StoredEvent[], more = {}): Promise<void> => {
    await store.append([chunkOf(seq, events, more)])
    await stitchAll(store, rules)
  }
  const onlyPerson = async (store: Store): Promise<PersonDetail> => {
    const { items } = await store.query({ type: 'people', project: 'p' })
    expect(items).toHaveLength(1)
    const profileId = items[0]?.profileId ?? ''
    return (await store.query({ type: 'person', project: 'p', profileId })) as PersonDetail
  }
  const journey = async (store: Store): Promise<JourneyItem[]> => {
    const { profileId } = await onlyPerson(store)
    return (await store.query({ type: 'journey', project: 'p', profileId })).items
  }
  const figures = async (store: Store): Promise<unknown> => {
    const { totals } = await store.query({ type: 'overview', project: 'p', from: ago(400), to: ago(-1) })
    return totals
  }
  const touch = { channel: 'Organic Search', source: 'search.test' }
  return { ago, old, oldOf, retention, maintain, take, onlyPerson, journey, figures, touch }
}

function goneCases(
  { guarantee, open, fixture, rules }: Suite,
  { ago, old, oldOf, retention, maintain, take, onlyPerson, figures, touch }: Scene,
): void {
  guarantee('what is past its time goes, and what follows from it stays', async () => {
    const store = await open()
    const rejected = (place: string, past: number): AppendRejected => ({
      ...{ project: 'p', place, code: 'too_deep', message: 'deep', receivedAt: ago(past), body: '{}' },
    })
    await take(store, 1, [old('m1', 40, { type: 'page', touch }), old('m2', 31), old('m3', 5)], {
      rejected: [rejected('0:1', 31), rejected('0:2', 29)],
    })
    await take(store, 2, [oldOf('u9', 'n1', 31)])
    const [before, books] = [await figures(store), await store.query({ type: 'ledger' })]
    const { items: people } = await store.query({ type: 'people', project: 'p' })
    await maintain(store)
    expect(await storedIds(store)).toEqual(['m3'])
    const { items: sessions } = await store.query({ type: 'sessions', project: 'p' })
    expect(sessions.map(({ events }) => events)).toEqual([1])
    expect((await store.query({ type: 'rejected', project: 'p' })).items.map(({ id }) => id)).toEqual(['c1:1:0:2'])
    expect((await store.query({ type: 'live', project: 'p' })).items.map(({ messageId }) => messageId)).toEqual(['m3'])
    expect((await store.records.read('event', null, 100)).items.map(({ event }) => event.messageId)).toEqual(['m3'])
    expect(await figures(store)).toEqual(before)
    expect(await store.query({ type: 'ledger' })).toEqual(books)
    expect((await store.query({ type: 'people', project: 'p' })).items).toEqual(people)
    expect(await store.maintain(retention)).toBe(false)
  })

  guarantee('an event stays until its own time and its receipt are both past', async () => {
    const store = await open()
    await take(store, 1, [old('m1', 40), old('imported', 500, { receivedAt: ago(2), anonymousId: 'a2' })])
    await take(store, 2, [old('ahead', -3, { receivedAt: ago(40), anonymousId: 'a3' })])
    await maintain(store)
    expect(await storedIds(store)).toEqual(['ahead', 'imported'])
    await fixture().elapse(29 * dayMs)
    await maintain(store)
    expect(await storedIds(store)).toEqual(['ahead'])
  })

  guarantee('a project that keeps everything does so beside one that does not', async () => {
    const store = await open()
    await take(store, 1, [old('m1', 40), old('q1', 40, { project: 'q' }), old('m2', 1)])
    await maintain(store)
    expect(await storedIds(store)).toEqual(['m2'])
    const { items } = await store.query({ type: 'events', project: 'q' })
    expect(items.map(({ messageId }) => messageId)).toEqual(['q1'])
    expect((await store.query({ type: 'sessions', project: 'q' })).items).toHaveLength(1)
  })

  guarantee('what is not stitched yet does not go', async () => {
    const store = await open()
    await store.append([chunkOf(1, [old('m1', 40)])])
    await maintain(store)
    expect(await storedIds(store)).toEqual(['m1'])
    await stitchAll(store, rules)
    await maintain(store)
    expect(await storedIds(store)).toEqual([])
    expect(await onlyPerson(store)).toMatchObject({ firstSeen: ago(40), lastSeen: ago(40) })
  })
}

function sessionCases({ guarantee, open, fixture }: Suite, { ago, old, maintain, take, figures }: Scene): void {
  guarantee('a session goes as a whole, once it has ended and all of it is past', async () => {
    const store = await open()
    const edge = ago(days)
    const near = (messageId: string, ms: number): StoredEvent =>
      old(messageId, 0, { timestamp: edge + ms, receivedAt: edge + ms })
    await take(store, 1, [near('m1', -20 * 60_000), near('m2', -5 * 60_000), near('m3', 5 * 60_000)])
    await maintain(store)
    expect(await storedIds(store)).toEqual(['m1', 'm2', 'm3'])
    await fixture().elapse(60 * 60_000)
    await maintain(store)
    expect(await storedIds(store)).toEqual([])
    expect((await store.query({ type: 'sessions', project: 'p' })).items).toEqual([])
  })

  guarantee('a session that has to stay keeps the later ones of its visitor', async () => {
    const store = await open()
    await take(store, 1, [old('m1', 60), old('m2', 50, { receivedAt: ago(20) }), old('m3', 40)])
    await maintain(store)
    expect(await storedIds(store)).toEqual(['m2', 'm3'])
    await fixture().elapse(11 * dayMs)
    await maintain(store)
    expect(await storedIds(store)).toEqual([])
  })

  guarantee('what comes late does not bring a session back that is gone', async () => {
    const store = await open()
    await take(store, 1, [old('m1', 40)])
    await maintain(store)
    await take(store, 2, [old('m2', 1, { timestamp: ago(40) + 60_000 })])
    const { items } = await store.query({ type: 'sessions', project: 'p' })
    expect(items.map(({ start, events }) => [start, events])).toEqual([[ago(40) + 60_000, 1]])
    expect(await figures(store)).toMatchObject({ events: 2, sessions: 2, people: 1 })
  })
}

function peopleCases(
  { guarantee, open }: Suite,
  { ago, old, oldOf, maintain, take, onlyPerson, journey, figures, touch }: Scene,
): void {
  guarantee('who comes back is the person that was there, with first touch, traits and links', async () => {
    const store = await open()
    await take(store, 1, [
      old('m1', 50, { type: 'page', path: '/', touch }),
      old('m2', 45, { type: 'identify', userId: 'u1', traits: { plan: 'free', email: 'a@x.test' } }),
    ])
    const before = await onlyPerson(store)
    await maintain(store)
    expect(await onlyPerson(store)).toEqual(before)
    expect(await journey(store)).toEqual([])
    await take(store, 2, [old('m3', 1, { type: 'page', path: '/again', touch: { channel: 'Direct' } })])
    const after = await onlyPerson(store)
    expect(after).toEqual({ ...before, lastSeen: ago(1), lastTouch: { channel: 'Direct' } })
    expect(after.firstTouch).toEqual(touch)
    expect((await journey(store)).map(({ messageId }) => messageId)).toEqual(['m3'])
    expect(await figures(store)).toMatchObject({ events: 3, sessions: 3, people: 1 })
  })

  guarantee('an alias reaches a visitor whose events are all gone', async () => {
    const store = await open()
    await take(store, 1, [old('m1', 40)])
    await maintain(store)
    await take(store, 2, [oldOf('u5', 'm2', 1, { type: 'alias', name: 'alias', previousId: 'a1' })])
    expect(await onlyPerson(store)).toMatchObject({ userIds: ['u5'], anonymousIds: ['a1'], firstSeen: ago(40) })
  })

  guarantee('an alias whose event is gone still holds', async () => {
    const store = await open()
    await take(store, 1, [
      oldOf('u1', 'm1', 50, { type: 'identify', traits: { plan: 'free' } }),
      oldOf('u2', 'm2', 45, { type: 'alias', name: 'alias', previousId: 'u1' }),
    ])
    await maintain(store)
    expect(await storedIds(store)).toEqual([])
    await take(store, 2, [old('m3', 1, { userId: 'u1' })])
    expect(await onlyPerson(store)).toMatchObject({
      ...{ userIds: ['u2', 'u1'], anonymousIds: ['a1'], firstSeen: ago(50), traits: { plan: 'free' } },
      links: [
        { kind: 'alias', from: 'u1', userId: 'u2' },
        { kind: 'visitor', from: 'a1', userId: 'u1' },
      ],
    })
  })
}

function foldCases({ guarantee, open }: Suite, { ago, old, maintain, take, touch }: Scene): void {
  guarantee('a full fold loses nothing of what was let go', async () => {
    const store = await open()
    await take(store, 1, [
      old('m1', 60, { type: 'page', path: '/', touch }),
      old('m2', 50, { type: 'identify', userId: 'u1', traits: { plan: 'free' } }),
      old('m3', 40, { type: 'identify', userId: 'u2', traits: { plan: 'pro' } }),
      old('m4', 10, { type: 'page', path: '/kept' }),
    ])
    const read = async () => ({
      people: (await store.query({ type: 'people', project: 'p' })).items,
      sessions: (await store.query({ type: 'sessions', project: 'p' })).items,
      details: await Promise.all(
        ['u1', 'u2'].map(async (search) => {
          const profileId = (await store.query({ type: 'people', project: 'p', search })).items[0]?.profileId ?? ''
          return store.query({ type: 'person', project: 'p', profileId })
        }),
      ),
    })
    const before = await read()
    expect(before.people).toHaveLength(2)
    await maintain(store)
    expect(await storedIds(store)).toEqual(['m4'])
    const { sessions, ...people } = await read()
    expect(sessions).toEqual(before.sessions.slice(0, 1))
    // An operator's word about somebody else: nothing follows from it but that all is folded anew.
    await take(store, 2, [old('m5', 1, { type: 'unlink', name: 'unlink', userId: 'u7' })])
    expect(await read()).toEqual({ ...people, sessions })
    // A late event among several users does the same, and finds its owner in what was kept.
    await take(store, 3, [old('m6', 12, { type: 'page', path: '/late' })])
    const { sessions: more, ...same } = await read()
    expect(same).toEqual(people)
    expect(more.map(({ userId }) => userId)).toEqual(['u2', 'u2'])
    // Taking a link back takes it from events that are gone, too.
    await take(store, 4, [old('m7', 1, { type: 'unlink', name: 'unlink', userId: 'u2' })])
    const { items } = await store.query({ type: 'people', project: 'p', search: 'u1' })
    expect(items).toMatchObject([{ firstSeen: ago(60), lastSeen: ago(10), traits: { plan: 'free' } }])
  })
}

function figureCases({ guarantee, open, rules }: Suite, { ago, old, retention, maintain, take, figures }: Scene): void {
  guarantee('figures of hours whose events are gone tell users of one device apart', async () => {
    const store = await open()
    await take(store, 1, [
      old('m1', 50, { userId: 'u1' }),
      old('m2', 50, { userId: 'u2', timestamp: ago(50) + 1 }),
      old('m3', 40, { userId: 'u1' }),
    ])
    const read = async () => {
      const { hours, totals } = await store.query({ type: 'overview', project: 'p', from: ago(51), to: ago(39) })
      return [totals.people, ...hours.map(({ people }) => people)]
    }
    expect(await read()).toEqual([2, 2, 1])
    await maintain(store)
    expect(await storedIds(store)).toEqual([])
    expect(await read()).toEqual([2, 2, 1])
  })

  guarantee('workers that append, stitch and let go at once lose nothing and let go of nothing else', async () => {
    const workers = await Promise.all([open(), open(), open()])
    const eventsOf = (from: number, past: number): StoredEvent[] =>
      Array.from({ length: 30 }, (_, index) =>
        old(`m${from + index}`, past - index / 100, { anonymousId: `a${index % 5}`, name: `n${past}` }),
      )
    const chunks = [eventsOf(0, 60), eventsOf(30, 45), eventsOf(60, 20), eventsOf(90, 10)].map((events, index) =>
      chunkOf(index + 1, events, { received: [{ project: 'p', minute: minuteOf(ago(0)), events: events.length }] }),
    )
    await Promise.all(
      workers.map(async (worker, which) => {
        for (const chunk of which === 1 ? chunks.toReversed() : chunks) {
          await worker.append([chunk])
          await worker.stitch(rules, 20)
          await worker.maintain(retention)
        }
      }),
    )
    const store = workers[0] as Store
    await stitchAll(store, rules)
    await maintain(store)
    expect(await storedIds(store)).toEqual(Array.from({ length: 60 }, (_, index) => `m${60 + index}`).sort())
    expect(await figures(store)).toMatchObject({ events: 120, people: 5 })
    const { items } = await store.query({ type: 'people', project: 'p' })
    expect(items.map(({ firstSeen }) => firstSeen).sort((a, b) => a - b)).toEqual(
      [0, 1, 2, 3, 4].map((index) => ago(60 - index / 100)),
    )
  })
}

function markCases({ guarantee, open }: Suite, { old, maintain, take }: Scene): void {
  guarantee('the mark moves when something is stitched or let go of, and stays otherwise', async () => {
    const store = await open()
    const mark = (): Promise<string> => store.query({ type: 'mark', project: 'p' })
    const marks = [await mark()]
    await take(store, 1, [old('m1', 40)])
    marks.push(await mark())
    await take(store, 2, [old('m2', 5)])
    marks.push(await mark())
    await maintain(store)
    marks.push(await mark())
    expect(new Set(marks).size).toBe(4)
    await store.append([chunkOf(3, [old('m1', 40)])])
    await maintain(store)
    expect(await mark()).toBe(marks[3])
  })

  guarantee('the mark of a project moves with that project alone', async () => {
    const store = await open()
    const read = async (): Promise<string[]> => [
      await store.query({ type: 'mark', project: 'p' }),
      await store.query({ type: 'mark', project: 'q' }),
    ]
    await take(store, 1, [old('m1', 40), old('m2', 40, { project: 'q' })])
    const [before, kept] = await read()
    await take(store, 2, [old('m3', 5)])
    const [stitched, same] = await read()
    await maintain(store)
    const [gone, still] = await read()
    expect(new Set([before, stitched, gone]).size).toBe(3)
    expect([same, still]).toEqual([kept, kept])
  })
}
