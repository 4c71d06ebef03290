import { expect } from 'vitest'
import { chunkOf, eventOf, minute, type Suite, stitchAll } from './contract-support.ts'
import { entityKey, profileIdOf } from './identity.ts'
import type { Store } from './port.ts'

const dayMs = 86_400_000
const visitor = (id: string): string => profileIdOf(entityKey('p', 'visitor', id))
const user = (id: string): string => profileIdOf(entityKey('p', 'user', id))
const ask = (store: Store, messageId: string, project = 'p') => store.query({ type: 'event', project, messageId })

/** What a store knows of one messageId. */
export function lookupCases(suite: Suite): void {
  storedCases(suite)
  otherCases(suite)
}

function storedCases({ guarantee, open, rules, fixture }: Suite): void {
  guarantee('an event is found by its messageId, and with its session and person once it is stitched', async () => {
    const store = await open()
    const event = eventOf('m1', { properties: { total: 40 } })
    await store.append([chunkOf(1, [event, eventOf('m2', { anonymousId: 'a2' })])])
    const today = Math.floor(fixture().now() / dayMs) * dayMs
    const known = { takenOn: today, rememberedSince: today, rejected: [] }
    expect(await ask(store, 'm1')).toEqual({ stored: { event, sessionId: null, profileId: null }, ...known })
    await stitchAll(store, rules)
    const [session] = (await store.query({ type: 'sessions', project: 'p', profileId: visitor('a1') })).items
    const stored = { event, sessionId: session?.sessionId, profileId: visitor('a1') }
    expect(await ask(store, 'm1')).toEqual({ stored, ...known })
    expect(await ask(store, 'm3')).toEqual({ ...known, takenOn: null })
    expect(await ask(store, 'm1', 'q')).toEqual({ ...known, takenOn: null })
  })

  guarantee('the person of an event is whose it is by now, on a device of several people, too', async () => {
    const store = await open()
    const at = (offset: number) => ({ timestamp: minute + offset, receivedAt: minute + offset })
    await store.append([
      chunkOf(1, [
        eventOf('before', at(0)),
        eventOf('first', { userId: 'u1', ...at(10) }),
        eventOf('second', { userId: 'u2', ...at(20) }),
        eventOf('after', at(30)),
        eventOf('server', { anonymousId: undefined, userId: 'u1', ...at(40) } as object),
        eventOf('alias', {
          type: 'alias',
          anonymousId: undefined,
          userId: 'u3',
          previousId: 'u2',
          ...at(50),
        } as object),
      ]),
    ])
    await stitchAll(store, rules)
    const people = []
    for (const id of ['before', 'first', 'second', 'after', 'server'])
      people.push((await ask(store, id)).stored?.profileId)
    expect(people).toEqual(['u1', 'u1', 'u3', 'u3', 'u1'].map(user))
    expect((await ask(store, 'server')).stored?.sessionId).toBeNull()
  })

  guarantee('of several copies the stored one is found, among many events and after more came', async () => {
    const store = await open()
    const many = (from: number) => Array.from({ length: 300 }, (_, index) => eventOf(`m${from + index}`))
    await store.append([chunkOf(1, [...many(0), eventOf('same', { name: 'first' })])])
    await store.append([chunkOf(2, [eventOf('same', { name: 'second' }), ...many(300)])])
    await stitchAll(store, rules)
    expect((await ask(store, 'same')).stored?.event.name).toBe('first')
    expect((await ask(store, 'm0')).stored?.event.messageId).toBe('m0')
    expect((await ask(store, 'm599')).stored?.event.messageId).toBe('m599')
  })
}

function otherCases({ guarantee, open, rules, fixture }: Suite): void {
  guarantee('events that were set aside are found by the messageId they came with', async () => {
    const store = await open()
    const aside = (place: string, body: string, receivedAt = minute) => ({
      ...{ project: 'p', place, code: 'too_deep' as const, message: 'deep', receivedAt, body },
    })
    const rejected = [
      aside('0:0', '{"messageId":"m1","a":1}'),
      aside('0:1', '{"messageId":"m1","a":2}', minute + 5),
      aside('0:2', '{"messageId":7}'),
      aside('0:3', '"m1"'),
      aside('0:4', 'm1'),
      aside('0:5', '{"properties":{"messageId":"m1"}}'),
      { ...aside('0:6', '{"messageId":"m1"}'), project: 'q' },
    ]
    await store.append([chunkOf(1, [], { rejected })])
    await store.markReplayed('c1:1:0:0', 77)
    const found = await ask(store, 'm1')
    expect(found.takenOn).toBeNull()
    expect(found.rejected.map(({ id, replayedAt }) => [id, replayedAt])).toEqual([
      ['c1:1:0:1', undefined],
      ['c1:1:0:0', 77],
    ])
    expect((await ask(store, '7')).rejected).toEqual([])
  })

  guarantee('an event that was let go is known as taken until its id is forgotten', async () => {
    const store = await open({ dedupeMs: 30 * dayMs })
    await store.append([chunkOf(1, [eventOf('m1')])])
    await stitchAll(store, rules)
    await fixture().elapse(20 * dayMs)
    for (let more = true; more; ) more = await store.maintain({ days: new Map([['p', 10]]), rules })
    const { stored, takenOn } = await ask(store, 'm1')
    expect([stored, typeof takenOn]).toEqual([undefined, 'number'])
    await fixture().elapse(20 * dayMs)
    await store.maintain()
    expect(await ask(store, 'm1')).toEqual({ takenOn: null, rememberedSince: null, rejected: [] })
  })
}
