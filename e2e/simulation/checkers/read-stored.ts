import type { Store } from '@trailstitch/backends'
import type { Page, Query, RejectedEvent, StoredEvent } from '@trailstitch/protocol'
import { projectIds } from '../world/world.ts'

async function readAll<T>(store: Store, query: Query & { cursor?: string }): Promise<T[]> {
  const items: T[] = []
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = (await store.query({ ...query, ...(cursor && { cursor }) } as Query)) as unknown as Page<T>
    items.push(...page.items)
    cursor = page.nextCursor
  }
  return items
}

/** Every stored event of every project, as the export reads them. */
export async function readStored(store: Store): Promise<StoredEvent[]> {
  const stored: StoredEvent[] = []
  for (const project of projectIds)
    stored.push(...(await readAll<StoredEvent>(store, { type: 'events', project, limit: 9 })))
  return stored
}

/** Every event that was set aside. */
export const readRejected = (store: Store): Promise<RejectedEvent[]> =>
  readAll<RejectedEvent>(store, { type: 'rejected', limit: 5 })

/** The number an event was made with, see `SentEvent`. */
export const numberOf = (event: { context?: unknown }): number => (event.context as { n: number }).n
