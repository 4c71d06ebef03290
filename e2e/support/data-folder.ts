import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDirectory, openQueue, openStore, type Store, systemDeps } from '@trailstitch/backends'
import { createProcessor } from '@trailstitch/processor'
import { createProjects, type Project, type Projects, type StoredEvent } from '@trailstitch/protocol'

/** The project that a fresh data folder has. */
export const projectId = 'default'
/** Of that project. It is the one that some fixtures of the wire bring along. */
export const writeKey = 'wk_demo'
export const adminToken = 'token_e2e'

export const makeFolder = (): string => mkdtempSync(join(tmpdir(), 'trailstitch-e2e-'))
export const removeFolder = (folder: string): void => rmSync(folder, { recursive: true, force: true })

const queueUrl = (data: string): string => `sqlite:${join(data, 'queue.db')}`
const storeUrl = (place: string): string => (place.includes('://') ? place : `sqlite:${join(place, 'store.db')}`)

function readProjects(data: string): Projects {
  const { projects } = JSON.parse(readFileSync(join(data, 'projects.json'), 'utf8')) as { projects: Project[] }
  return createProjects(projects)
}

/** `place` is a data folder, or the URL of a store elsewhere. */
export async function withStore<T>(place: string, read: (store: Store) => Promise<T>): Promise<T> {
  const store = await openStore(storeUrl(place), systemDeps, { readOnly: true })
  try {
    return await read(store)
  } finally {
    await store.close()
  }
}

/** Every event that is stored, by the store's own pages. */
export const readStored = (place: string): Promise<StoredEvent[]> =>
  withStore(place, async (store) => {
    const events: StoredEvent[] = []
    let cursor: string | null = null
    do {
      const page: { items: StoredEvent[]; nextCursor: string | null } = await store.query({
        type: 'events',
        project: projectId,
        limit: 1000,
        ...(cursor !== null && { cursor }),
      })
      events.push(...page.items)
      cursor = page.nextCursor
    } while (cursor !== null)
    return events
  })

/** What people see of the events: each counted in one session and in one hour. */
export interface Derived {
  inSessions: number
  inOverview: number
  visitors: number
}

/** Adds up sessions and hours. Of events that all have an anonymousId, both sums are the number of stored events. */
export const readDerived = (place: string): Promise<Derived> =>
  withStore(place, async (store) => {
    const visitors = new Set<string>()
    let inSessions = 0
    let cursor: string | null = null
    do {
      const page: { items: { anonymousId: string; events: number }[]; nextCursor: string | null } = await store.query({
        type: 'sessions',
        project: projectId,
        limit: 1000,
        ...(cursor !== null && { cursor }),
      })
      for (const { anonymousId, events } of page.items) {
        visitors.add(anonymousId)
        inSessions += events
      }
      cursor = page.nextCursor
    } while (cursor !== null)
    const range = { from: 0, to: Date.now() + 86_400_000 }
    const { totals } = await store.query({ type: 'overview', project: projectId, bots: true, ...range })
    return { inSessions, inOverview: totals.events, visitors: visitors.size }
  })

/** Longer than any lease of a processor. */
const afterLeasesMs = 61_000

/**
 * Takes in all that is left in the queue, as a processor that comes a minute later would: what killed processors had in
 * hand is leased to them until then. Those that live may go on meanwhile. `place` is the URL of a store elsewhere.
 */
export async function drainAfterLeases(data: string, place = data): Promise<void> {
  const later = { ...systemDeps, now: () => Date.now() + afterLeasesMs }
  const queue = await openQueue(queueUrl(data), later)
  const store = await openStore(storeUrl(place), systemDeps)
  const directory = await openDirectory(place === data ? `sqlite:${join(data, 'directory.db')}` : place, systemDeps)
  try {
    await createProcessor({ queue, store, projects: readProjects(data), deps: systemDeps, directory }).drain()
  } finally {
    await directory.close()
    await store.close()
    await queue.close()
  }
}

/** Delivers everything that waits in the queue twice, as a queue that promises no more than "at least once" may. */
export async function deliverTwice(data: string): Promise<number> {
  const queue = await openQueue(queueUrl(data), systemDeps)
  try {
    const { items } = await queue.list('pending', { limit: 1000 })
    await queue.send(items.map(({ body }) => body))
    return items.length
  } finally {
    await queue.close()
  }
}

/** How the stored messageIds differ from what clients know of. All empty is the promise. */
export interface Differences {
  /** Acknowledged and not stored. */
  lost: string[]
  /** Stored more than once. */
  doubled: string[]
  /** Stored, but never sent. */
  strange: string[]
}

export function compareStored(
  stored: readonly StoredEvent[],
  { acknowledged, sent }: { acknowledged: ReadonlySet<string>; sent: ReadonlySet<string> },
): Differences {
  const times = new Map<string, number>()
  for (const { messageId } of stored) times.set(messageId, (times.get(messageId) ?? 0) + 1)
  return {
    lost: [...acknowledged].filter((id) => !times.has(id)),
    doubled: [...times].filter(([, count]) => count > 1).map(([id]) => id),
    strange: [...times.keys()].filter((id) => !sent.has(id)),
  }
}

export const noDifferences: Differences = { lost: [], doubled: [], strange: [] }
