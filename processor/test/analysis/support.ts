import { openStore, type Store, silentLog } from '@trailstitch/backends'
import type { StoredEvent } from '@trailstitch/protocol'
import { stitchRules } from '../../src/stitch/index.ts'

export const minuteMs = 60_000
export const dayMs = 86_400_000
/** A Thursday. */
export const midnight = Date.UTC(2026, 0, 1)
/** Long after all events. */
export const now = midnight + 100 * dayMs

/** A reference store that holds these events. */
export async function storeOf(events: readonly StoredEvent[]): Promise<Store> {
  const store = await openStore('memory:', { now: () => now, log: silentLog })
  await store.append([{ collector: 'c1', seq: 1, voided: [], received: [], events, rejected: [] }])
  for (let behind = 1; behind > 0; ) ({ behind } = await store.stitch(stitchRules, 10_000))
  return store
}

let count = 0
export const eventAt = (timestamp: number, name: string, more: Partial<StoredEvent> = {}): StoredEvent => ({
  project: 'p',
  messageId: `m${String(count++).padStart(9, '0')}`,
  type: 'track',
  name,
  timestamp,
  receivedAt: timestamp,
  anonymousId: 'a1',
  ...more,
})

/** A page for a name that begins with a slash, else a track. */
export const stepAt = (timestamp: number, name: string, more: Partial<StoredEvent> = {}): StoredEvent =>
  eventAt(timestamp, name, { ...more, ...(name.startsWith('/') && { type: 'page', path: name }) })

/** People apart by `;`, their events by `,`, each a time in units and a name. */
export const peopleOf = (cell: string, unitMs: number): StoredEvent[] =>
  cell.split(';').flatMap((person, number) =>
    person.split(',').map((event) => {
      const [time = '', name = ''] = event.trim().split(' ')
      return eventAt(midnight + Number(time) * unitMs, name, { anonymousId: `a${number}` })
    }),
  )
