import type { StoredEvent } from '@trailstitch/protocol'
import { expect } from 'vitest'
import { chunkOf, eventOf, minute, type Suite, stitchAll, storedIds } from './contract-support.ts'
import { eraseKey } from './erasing.ts'
import type { EraseRequest, Store } from './port.ts'

const trait = 'violet-narwhal'
const before = minute + 3_600_000

/** Erasing a person leaves everybody else, and the figures, as they were. */
export function erasureCases(suite: Suite): void {
  const scene = createScene(suite)
  worldCases(suite, scene)
  tieCases(suite, scene)
  laterCases(suite, scene)
  rejectedCases(suite, scene)
}

type Scene = ReturnType<typeof createScene>

/** The person is `u1`, with two devices, an alias and a device that others use, too. */
const theirs = (): StoredEvent[] => [
  eventOf('t1', { anonymousId: 'a1', type: 'page', path: '/', touch: { channel: 'Direct' } }),
  eventOf('t2', { anonymousId: 'a1', userId: 'u1', type: 'identify', traits: { pet: trait, email: 'u1@x.test' } }),
  eventOf('t3', { anonymousId: 'a2', userId: 'u1', timestamp: minute + 5_000 }),
  userEvent('u1', 't4', { timestamp: minute + 6_000 }),
  userEvent('u1', 't5', { type: 'alias', name: 'alias', previousId: 'u0', timestamp: minute + 7_000 }),
  userEvent('u0', 't6', { timestamp: minute + 8_000 }),
  eventOf('t7', { anonymousId: 'shared', userId: 'u1', timestamp: minute + 2 * 3_600_000, receivedAt: minute + 9_000 }),
]

const others = (): StoredEvent[] => [
  eventOf('o1', { anonymousId: 'b1', userId: 'u2', type: 'identify', traits: { plan: 'pro' } }),
  eventOf('o2', { anonymousId: 'b2', timestamp: minute + 4_000 }),
  eventOf('o3', { anonymousId: 'shared', userId: 'u2', timestamp: minute + 9_000 }),
  eventOf('o4', { anonymousId: 'shared', userId: 'u2', timestamp: minute + 6 * 3_600_000, receivedAt: minute + 9_000 }),
  userEvent('u3', 'o5', { type: 'identify', traits: { plan: 'free' } }),
  userEvent('u3', 'o6', { type: 'alias', name: 'alias', previousId: 'b2', timestamp: minute + 9_500 }),
  eventOf('q1', { project: 'q', anonymousId: 'a1', userId: 'u1', traits: { plan: 'other project' } }),
]

function userEvent(userId: string, messageId: string, more: Partial<StoredEvent> = {}): StoredEvent {
  const { anonymousId: _none, ...event } = eventOf(messageId, more)
  return { ...event, userId }
}

function createScene({ rules }: Suite) {
  const keys = [
    ...['u1', 'u0'].map((id) => eraseKey('p', 'user', id)),
    ...['a1', 'a2', 'shared'].map((id) => eraseKey('p', 'visitor', id)),
  ]
  const request: EraseRequest = { id: 'e1', project: 'p', keys, before, rules }
  const take = async (store: Store, seq: number, events: readonly StoredEvent[], more = {}): Promise<void> => {
    await store.append([chunkOf(seq, events, more)])
    await stitchAll(store, rules)
  }
  const erase = async (store: Store, maxEvents = 1_000): Promise<number> => {
    let sum = 0
    for (let calls = 0; calls < 50; calls++) {
      const { more, events } = await store.erase(request, maxEvents)
      sum += events
      if (!more) return sum
    }
    throw new Error('It never comes to an end.')
  }
  /** All that can be read of a project, but for figures. */
  const read = async (store: Store, project = 'p') => {
    const { items: people } = await store.query({ type: 'people', project })
    const byId = (a: { profileId: string }, b: { profileId: string }): number => (a.profileId < b.profileId ? -1 : 1)
    const details = []
    for (const { profileId } of people.toSorted(byId))
      details.push({
        person: await store.query({ type: 'person', project, profileId }),
        journey: (await store.query({ type: 'journey', project, profileId })).items,
      })
    return {
      details,
      sessions: (await store.query({ type: 'sessions', project })).items,
      events: (await store.query({ type: 'events', project })).items,
      live: (await store.query({ type: 'live', project })).items.map(({ messageId }) => messageId).sort(),
    }
  }
  const figures = async (store: Store) => {
    const { totals, by, hours } = await store.query({ type: 'overview', project: 'p', from: minute, to: before * 2 })
    return { totals, event: by.event, page: by.page, channel: by.channel, hours }
  }
  return { request, take, erase, read, figures }
}

function worldCases({ guarantee, open, openOther }: Suite, { request, take, erase, read, figures }: Scene): void {
  guarantee('after an erasure all is as if the person had never been there, but for figures and books', async () => {
    const [store, without] = [await open(), await openOther()]
    await take(store, 1, [...theirs(), ...others()])
    await take(without, 1, others())
    const [counted, books] = [await figures(store), await store.query({ type: 'ledger' })]
    expect(JSON.stringify(await read(store))).toContain(trait)
    expect(await erase(store)).toBe(theirs().length)
    expect(await read(store)).toEqual(await read(without))
    expect(await read(store, 'q')).toEqual(await read(without, 'q'))
    const { totals, event, page, channel } = await figures(store)
    expect({ ...totals, people: counted.totals.people }).toEqual(counted.totals)
    expect([event?.rows.map(({ value, events }) => [value, events]), page, channel]).toEqual([
      counted.event?.rows.map(({ value, events }) => [value, events]),
      counted.page,
      counted.channel,
    ])
    expect(await store.query({ type: 'ledger' })).toEqual(books)
    const records = (await store.records.read('event', null, 100)).items
    expect(records.map(({ event }) => event.messageId).sort()).toEqual(
      others()
        .map(({ messageId }) => messageId)
        .sort(),
    )
  })

  guarantee('people of the past are counted as before where nobody shared a device', async () => {
    const store = await open()
    await take(store, 1, [...theirs().slice(0, 6), ...others().slice(0, 2)])
    const counted = await figures(store)
    expect(counted.totals.people).toBe(3)
    await erase(store)
    expect(await figures(store)).toEqual(counted)
  })

  guarantee('an erasure that stops in the middle goes on, by whoever asks next', async () => {
    const [store, without] = [await open(), await openOther()]
    await take(store, 1, [...theirs(), ...others()])
    await take(without, 1, others())
    const first = await store.erase(request, 1)
    expect(first.more).toBe(true)
    expect(first.events).toBeLessThan(theirs().length)
    const next = await open()
    expect(first.events + (await erase(next, 1))).toBe(theirs().length)
    expect(await read(next)).toEqual(await read(without))
    expect(await erase(next)).toBe(0)
    expect(await read(store)).toEqual(await read(without))
  })
}

function tieCases({ guarantee, open, openOther }: Suite, { request, take, erase, read }: Scene): void {
  guarantee('what others did on a device stays, though its id was aliased to the person as well', async () => {
    const [store, without] = [await open(), await openOther()]
    const mine = [
      eventOf('t1', { anonymousId: 'shared', userId: 'u1' }),
      eventOf('t2', {
        anonymousId: 'a1',
        type: 'alias',
        userId: 'u1',
        previousId: 'shared',
        timestamp: minute + 1_000,
      }),
    ]
    const left = [
      eventOf('o1', {
        anonymousId: 'shared',
        type: 'alias',
        userId: 'u2',
        previousId: 'u4',
        timestamp: minute + 2_000,
      }),
      eventOf('o2', { anonymousId: 'shared', type: 'identify', traits: { plan: 'pro' }, timestamp: minute + 3_000 }),
    ]
    await take(store, 1, [...mine, ...left])
    await take(without, 1, left)
    expect(await erase(store, 1)).toBe(mine.length)
    expect(await read(store)).toEqual(await read(without))
  })

  guarantee(
    'others stay one person, though the event that says so was sent from the device of the person',
    async () => {
      const store = await open()
      await take(store, 1, [
        eventOf('t1', { anonymousId: 'a1', userId: 'u1' }),
        eventOf('t2', { anonymousId: 'a1', type: 'alias', userId: 'u2', previousId: 'u4', timestamp: minute + 1_000 }),
        userEvent('u2', 'o1', { timestamp: minute + 2_000 }),
        userEvent('u4', 'o2', { timestamp: minute + 3_000 }),
      ])
      await erase(store, 1)
      const { items } = await store.query({ type: 'people', project: request.project })
      expect(items.map(({ userIds, anonymousIds }) => [userIds.toSorted(), anonymousIds])).toEqual([[['u2', 'u4'], []]])
      expect(await storedIds(store)).toEqual(['o1', 'o2'])
    },
  )
}

function laterCases({ guarantee, open, openOther, rules }: Suite, { request, take, erase, read }: Scene): void {
  guarantee('who comes again after an erasure is a new person', async () => {
    const [store, without] = [await open(), await openOther()]
    const later = { timestamp: before + 5_000, receivedAt: before + 5_000 }
    const again = [
      eventOf('n1', { anonymousId: 'a1', ...later }),
      eventOf('n2', { anonymousId: 'a1', userId: 'u1', type: 'identify', traits: { plan: 'new' }, ...later }),
    ]
    await take(store, 1, [...theirs(), ...others()])
    await erase(store)
    await take(store, 2, again)
    await take(without, 1, others())
    await take(without, 2, again)
    expect(await read(store)).toEqual(await read(without))
    expect(await erase(store)).toBe(0)
    expect(await read(store)).toEqual(await read(without))
  })

  guarantee('what came after the request stays though it is there before the erasure', async () => {
    const [store, without] = [await open(), await openOther()]
    const later = { timestamp: before + 5_000, receivedAt: before + 5_000 }
    const again = [
      eventOf('n1', { anonymousId: 'a1', userId: 'u1', ...later }),
      userEvent('u1', 'n2', { traits: { plan: 'new' }, type: 'identify', ...later }),
    ]
    await take(store, 1, [...theirs(), ...others()])
    await take(store, 2, again)
    await take(without, 1, others())
    await take(without, 2, again)
    expect(await erase(store)).toBe(theirs().length)
    expect(await read(store)).toEqual(await read(without))
  })

  guarantee('what is not stitched yet is waited for', async () => {
    const store = await open()
    await store.append([chunkOf(1, theirs())])
    expect(await store.erase(request, 1_000)).toEqual({ more: true, events: 0 })
    await stitchAll(store, rules)
    await erase(store)
    expect(await storedIds(store)).toEqual([])
  })
}

function rejectedCases({ guarantee, open }: Suite, { take, erase }: Scene): void {
  guarantee('rejected events that name the person go, and others stay', async () => {
    const store = await open()
    const rejected = (place: string, body: string, receivedAt = minute) => ({
      ...{ project: 'p', place, code: 'too_deep' as const, message: 'deep', receivedAt, body },
    })
    await take(store, 1, [], {
      rejected: [
        rejected('0:0', JSON.stringify({ userId: 'u1', traits: { pet: trait } })),
        rejected('0:1', JSON.stringify({ batch: [{ anonymousId: 'a2' }] })),
        rejected('0:2', '{"previousId": "u0", broken'),
        rejected('0:3', JSON.stringify({ userId: 'u2', properties: { friend: 'u1' } })),
        rejected('0:4', JSON.stringify({ userId: 'u1' }), before),
      ],
    })
    const books = await store.query({ type: 'ledger' })
    expect(await erase(store)).toBe(3)
    const { items } = await store.query({ type: 'rejected', project: 'p' })
    expect(items.map(({ id }) => id).sort()).toEqual(['c1:1:0:3', 'c1:1:0:4'])
    expect(await store.query({ type: 'ledger' })).toEqual(books)
  })

  guarantee('what is erased before it is stored is in the books', async () => {
    const store = await open()
    await store.append([
      chunkOf(1, [], {
        received: [{ project: 'p', minute, events: 3 }],
        erased: [
          { project: 'p', minute, kind: 'stored', events: 2 },
          { project: 'p', minute, kind: 'rejected', events: 1 },
        ],
      }),
    ])
    expect(await store.query({ type: 'ledger' })).toMatchObject({ received: 3, stored: 2, rejected: 1 })
  })
}
