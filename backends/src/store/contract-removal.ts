import type { StoredEvent } from '@trailstitch/protocol'
import { expect } from 'vitest'
import { chunkOf, eventOf, minute, type Suite, stitchAll } from './contract-support.ts'
import type { AppendChunk, Store } from './port.ts'

/** Removing a project leaves nothing of it, and every other project as it was. */
export function removalCases(suite: Suite): void {
  const scene = createScene(suite)
  wholeCases(suite, scene)
  pieceCases(suite, scene)
  lateCases(suite, scene)
}

type Scene = ReturnType<typeof createScene>

const hour = 3_600_000
const [from, to] = [minute - hour, minute + 12 * hour]

/** What happened in a project: people with several devices, an alias, visits over some hours. */
const eventsOf = (project: string, visitors: number): StoredEvent[] =>
  Array.from({ length: visitors }, (_, index) => {
    const at = (messageId: string, more: Partial<StoredEvent>): StoredEvent =>
      eventOf(`${messageId}${index}`, {
        project,
        anonymousId: `a${index}`,
        timestamp: minute + index * 60_000,
        ...more,
      })
    const { anonymousId: _none, ...user } = at('u', { type: 'identify', name: 'identify', traits: { plan: 'pro' } })
    return [
      at('v', { type: 'page', name: 'page', path: '/', touch: { channel: 'Direct' } }),
      at('s', { userId: `u${index % 3}`, timestamp: minute + 2 * hour + index }),
      { ...user, userId: `u${index % 3}` },
      at('l', { type: 'alias', name: 'alias', userId: `u${index % 3}`, previousId: `before${index}` }),
    ]
  }).flat()

const rejectedOf = (project: string): AppendChunk['rejected'][number] => ({
  ...{ project, place: `${project}:0`, code: 'too_deep' as const, message: 'deep', receivedAt: minute, body: '{}' },
})

function createScene({ rules }: Suite) {
  const take = async (store: Store, seq: number, projects: readonly string[], visitors = 6): Promise<void> => {
    await store.append([
      chunkOf(
        seq,
        projects.flatMap((project) => eventsOf(project, visitors)),
        {
          received: projects.map((project) => ({ project, minute, events: 4 * visitors + 1 })),
          rejected: projects.map(rejectedOf),
        },
      ),
    ])
    await stitchAll(store, rules)
  }
  /** Removes `gone` to the end; tells how many events went and in how many calls. */
  const remove = async (store: Store, maxEvents = 1_000): Promise<{ events: number; calls: number }> => {
    let events = 0
    for (let calls = 1; calls < 200; calls++) {
      const outcome = await store.removeProject('gone', maxEvents)
      events += outcome.events
      if (!outcome.more) return { events, calls }
      await stitchAll(store, rules)
    }
    throw new Error('It never comes to an end.')
  }
  /** All that can be asked about a project. */
  const read = async (store: Store, project: string) => {
    const { items: people } = await store.query({ type: 'people', project })
    const journeys = []
    for (const { profileId } of people.toSorted((a, b) => (a.profileId < b.profileId ? -1 : 1)))
      journeys.push({
        person: await store.query({ type: 'person', project, profileId }),
        journey: (await store.query({ type: 'journey', project, profileId })).items,
      })
    const range = { project, from, to }
    const { meta: _meta, ...trend } = await store.query({
      ...{ type: 'trend', ...range, interval: 'hour', series: [{ measure: 'people' }, { measure: 'events' }] },
    })
    const { totals, by, hours } = await store.query({ type: 'overview', ...range })
    return {
      ...{ journeys, trend, totals, by, hours },
      sessions: (await store.query({ type: 'sessions', project })).items,
      events: (await store.query({ type: 'events', project })).items,
      live: (await store.query({ type: 'live', project })).items.map(({ messageId }) => messageId).sort(),
      rejected: (await store.query({ type: 'rejected', project })).items,
      ledger: await store.query({ type: 'ledger', project }),
    }
  }
  return { take, remove, read }
}

function wholeCases({ guarantee, open, openOther, rules }: Suite, { take, remove, read }: Scene): void {
  guarantee('a project that is removed is as if it had never been, and others answer as before', async () => {
    const [store, without] = [await open({ segmentEvents: 8, settleMs: 0 }), await openOther()]
    await take(store, 1, ['gone', 'p'])
    await stitchAll(store, rules) // nothing to fold: time to pack
    await take(without, 1, ['p'])
    const before = await read(store, 'p')
    expect((await read(store, 'gone')).totals.events).toBeGreaterThan(0)
    expect((await remove(store)).events).toBe(24)
    expect(await read(store, 'gone')).toEqual(await read(without, 'gone'))
    expect(JSON.stringify(await read(store, 'p'))).toBe(JSON.stringify(before))
    const events = (await store.records.read('event', null, 1_000)).items
    expect(new Set(events.map(({ event }) => event.project))).toEqual(new Set(['p']))
    expect(await store.query({ type: 'ledger' })).toEqual(await without.query({ type: 'ledger' }))
  })

  guarantee('a project that is removed once more has nothing left, nor has one that never was', async () => {
    const store = await open()
    expect(await store.removeProject('gone', 10)).toEqual({ more: false, events: 0 })
    await take(store, 1, ['gone', 'p'])
    await remove(store)
    const before = await read(store, 'p')
    expect(await store.removeProject('gone', 10)).toEqual({ more: false, events: 0 })
    expect(await read(store, 'p')).toEqual(before)
  })

  guarantee('a reader that was asked before does not answer from what is gone', async () => {
    const [store, reader, without] = [await open(), await open({ readOnly: true }), await openOther()]
    await take(store, 1, ['gone', 'p'])
    await read(reader, 'gone')
    const before = await read(reader, 'p')
    const mark = await reader.query({ type: 'mark', project: 'gone' })
    await remove(store)
    expect(await read(reader, 'gone')).toEqual(await read(without, 'gone'))
    expect(await reader.query({ type: 'mark', project: 'gone' })).not.toBe(mark)
    // Whatever numbers were free again are somebody else's now.
    const more = eventsOf('p', 40).map((event) => ({ ...event, messageId: `x${event.messageId}` }))
    await store.append([
      chunkOf(
        2,
        more.map((event) => ({ ...event, anonymousId: `x${event.anonymousId}` })),
      ),
    ])
    await stitchAll(store, rules)
    const after = await read(reader, 'p')
    expect(after.totals.people).toBeGreaterThanOrEqual(before.totals.people)
    expect(after).toEqual(await read(store, 'p'))
    expect(await read(reader, 'gone')).toEqual(await read(without, 'gone'))
  })
}

function pieceCases({ guarantee, open, openOther, rules }: Suite, { take, remove, read }: Scene): void {
  guarantee('a removal that stops anywhere goes on, by whoever asks next', async () => {
    const [store, without] = [await open(), await openOther()]
    await take(store, 1, ['gone', 'p'])
    await take(without, 1, ['p'])
    const before = await read(store, 'p')
    const first = await store.removeProject('gone', 1)
    expect(first).toEqual({ more: true, events: 1 })
    await take(store, 2, ['q'], 1)
    const next = await open()
    const rest = await remove(next, 5)
    expect(first.events + rest.events).toBe(24)
    expect(rest.calls).toBeGreaterThan(4)
    expect(await read(next, 'gone')).toEqual(await read(without, 'gone'))
    expect(await read(store, 'p')).toEqual(before)
  })

  guarantee('what comes in while a project is removed does not come back', async () => {
    const [store, without] = [await open(), await openOther()]
    await take(store, 1, ['gone', 'p'])
    const other = await open()
    await other.removeProject('gone', 5)
    const late = eventsOf('gone', 4).map((event) => ({ ...event, messageId: `late${event.messageId}` }))
    await store.append([
      chunkOf(2, [...late, eventOf('beside')], { received: [{ project: 'gone', minute, events: late.length }] }),
    ])
    // The one who took the late ones in has them at hand, and is the one to fold them.
    let more = true
    for (let calls = 0; calls < 30 && more; calls++) ({ more } = await other.removeProject('gone', 5))
    await stitchAll(store, rules)
    if (more) await remove(other, 7)
    expect(await read(store, 'gone')).toEqual(await read(without, 'gone'))
    await stitchAll(store, rules)
    expect(await read(store, 'gone')).toEqual(await read(without, 'gone'))
  })
}

function lateCases({ guarantee, open, openOther, rules }: Suite, { take, remove, read }: Scene): void {
  guarantee('one that begins anew while it is removed, or after that, disturbs nobody', async () => {
    const [store, without] = [await open({ settleMs: 0 }), await openOther({ settleMs: 0 })]
    const other = await open()
    await take(store, 1, ['p', 'gone'])
    await take(without, 1, ['p'])
    const again = (project: string, word: string): StoredEvent[] =>
      eventsOf(project, 6).map((event) => ({ ...event, messageId: `${word}${event.messageId}` }))
    for (let seq = 2; seq < 8; seq++) {
      await other.removeProject('gone', 5)
      await store.append([chunkOf(seq, [...again('p', `w${seq}`), ...again('gone', `w${seq}`)])])
      await stitchAll(store, rules)
      await without.append([chunkOf(seq, again('p', `w${seq}`))])
      await stitchAll(without, rules)
    }
    expect((await read(store, 'p')).journeys).toEqual((await read(without, 'p')).journeys)
    await remove(store)
    for (const one of [store, without]) {
      await one.append([chunkOf(8, again('gone', 'after'), { received: [{ project: 'gone', minute, events: 24 }] })])
      await stitchAll(one, rules)
    }
    for (const project of ['gone', 'p']) {
      const [mine, theirs] = [await read(store, project), await read(without, project)]
      expect({ ...mine, ledger: null }).toEqual({ ...theirs, ledger: null })
    }
  })

  guarantee('a chunk of a project that is gone is taken in once all the same', async () => {
    const store = await open()
    await take(store, 1, ['gone', 'p'])
    await remove(store)
    const [again] = await store.append([chunkOf(1, eventsOf('gone', 6))])
    expect(again?.redelivered).toBe(true)
    expect((await store.query({ type: 'events', project: 'gone' })).items).toEqual([])
  })
}
