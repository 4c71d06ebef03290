import { type AppendChunk, openStore, type Store, silentLog } from '@trailstitch/backends'
import type { JourneyItem, Page, PersonDetail, Query, Session, StoredEvent } from '@trailstitch/protocol'
import { stitchRules } from '../../src/stitch/index.ts'
import { minuteOf } from './minute.ts'

export const noon = Date.UTC(2026, 0, 10, 12)

/** A chunk as the processor hands it to a store. */
export function chunkOf(events: readonly StoredEvent[], seq: number, collector = 'c1'): AppendChunk {
  const counts = new Map<number, number>()
  for (const event of events) counts.set(minuteOf(event.receivedAt), (counts.get(minuteOf(event.receivedAt)) ?? 0) + 1)
  const received = [...counts].map(([minute, count]) => ({ project: 'p', minute, events: count }))
  return { collector, seq, voided: [], received, events, rejected: [] }
}

/** All items of a list, page by page. */
export async function readAll<T>(store: Store, query: Query & { cursor?: string }): Promise<T[]> {
  const items: T[] = []
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = (await store.query({ ...query, ...(cursor && { cursor }) } as Query)) as unknown as Page<T>
    items.push(...page.items)
    cursor = page.nextCursor
  }
  return items
}

/** Everything a store can be asked about a project, page by page, so that two stores can be compared. */
export async function readWorld(store: Store, limit = 7): Promise<unknown> {
  const project = 'p'
  const people = await readAll<PersonDetail>(store, { type: 'people', project, limit })
  const details: unknown[] = []
  for (const { profileId } of people) {
    details.push({
      person: await store.query({ type: 'person', project, profileId }),
      journey: await readAll<JourneyItem>(store, { type: 'journey', project, profileId, limit }),
      back: (await readAll<JourneyItem>(store, { type: 'journey', project, profileId, limit, order: 'desc' })).map(
        (item) => item.messageId,
      ),
      sessions: await readAll<Session>(store, { type: 'sessions', project, profileId, limit }),
    })
  }
  const range = { from: Date.UTC(2025, 11, 30), to: Date.UTC(2026, 0, 8) }
  const { meta: _m1, ...overview } = await store.query({ type: 'overview', project, ...range })
  const { meta: _m2, ...withBots } = await store.query({
    type: 'overview',
    project,
    from: range.from + 3 * 86_400_000,
    to: range.to,
    bots: true,
    top: 2,
  })
  const { holes, ...ledger } = await store.query({ type: 'ledger', project })
  const clocks = await store.query({ type: 'clocks', project, ...range })
  const searched: unknown[] = []
  for (const search of ['u1', 'a2', 'e1@x', 'nobody'])
    searched.push(
      (await readAll<PersonDetail>(store, { type: 'people', project, search, limit })).map((one) => one.profileId),
    )
  return {
    people,
    details,
    sessions: await readAll<Session>(store, { type: 'sessions', project, limit }),
    overview,
    withBots,
    ledger,
    holes: holes.length,
    clocks,
    searched,
  }
}

/** What the reference store answers when it is handed these chunks. */
export async function expectedWorld(chunks: readonly (readonly StoredEvent[])[]): Promise<unknown> {
  const oracle = await openStore('memory:', { now: () => noon, log: silentLog })
  for (const [index, events] of chunks.entries()) await oracle.append([chunkOf(events, index + 1)])
  await oracle.stitch(stitchRules, 1)
  return readWorld(oracle)
}
