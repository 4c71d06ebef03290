import type { DatabaseSync } from 'node:sqlite'
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import type { StoredEvent } from '@trailstitch/protocol'

/** Events a block: more compress better, fewer cost less to read one. 64 of 700 bytes take about 4 KiB. */
export const blockEvents = 64

const level = { params: { [constants.ZSTD_c_compressionLevel]: 1 } }

export interface Place {
  block: number
  place: number
}

/** Events of one block, packed. */
export interface PackedBlock {
  events: readonly StoredEvent[]
  body: Uint8Array
}

export interface Blocks {
  /** Appends a block and gives its number. Call inside a transaction. */
  append(block: PackedBlock): number
  /** By place; events that were let go are missing. */
  read(block: number): readonly (StoredEvent | undefined)[]
  /** Reads what lies at the places, each block once, in the order given. */
  readPlaces(places: readonly Place[]): StoredEvent[]
  /** The highest number there is; 0 where there is no block. */
  newest(): number
  /** The event with this id in the `limit` blocks after one. */
  find(after: number, limit: number, project: string, messageId: string): StoredEvent | undefined
  /** Numbers of blocks after `block`, ascending, with their counts. */
  after(block: number, limit: number): { id: number; events: number }[]
  /** Lets go of the objects of blocks up to this one: they are stitched, and a round's events are many. */
  release(upTo: number): void
  /** Takes events out of a block; the others stay at their places. Call inside a transaction. */
  blank(block: number, places: ReadonlySet<number>): void
  reset(): void
}

/** A few blocks are kept as objects: what was just appended is stitched next. */
const maxCached = 200

export function createBlocks(db: DatabaseSync): Blocks {
  const insert = db.prepare('INSERT INTO blocks (events, body) VALUES (?, ?)')
  const select = db.prepare('SELECT body FROM blocks WHERE id = ?')
  const selectAfter = db.prepare('SELECT id, events FROM blocks WHERE id > ? ORDER BY id LIMIT ?')
  const selectNewest = db.prepare('SELECT max(id) AS id FROM blocks')
  const selectBodies = db.prepare('SELECT body FROM blocks WHERE id > ? ORDER BY id LIMIT ?')
  const update = db.prepare('UPDATE blocks SET events = ?, body = ? WHERE id = ?')
  // The newest one stays, or its number would be given again, to a block that then passes for stitched.
  const remove = db.prepare('DELETE FROM blocks WHERE id = ?1 AND id < (SELECT max(id) FROM blocks)')
  const cache = new Map<number, readonly (StoredEvent | undefined)[]>()

  const remember = (id: number, events: readonly (StoredEvent | undefined)[]): void => {
    cache.set(id, events)
    if (cache.size > maxCached) {
      const oldest = cache.keys().next().value
      if (oldest !== undefined) cache.delete(oldest)
    }
  }
  const read = (id: number): readonly (StoredEvent | undefined)[] => {
    const cached = cache.get(id)
    if (cached) return cached
    const row = select.get(id)
    const events = row ? decodeBlock(row.body as Uint8Array) : []
    if (row) remember(id, events)
    return events
  }
  return {
    append({ events, body }) {
      const id = Number(insert.run(events.length, body).lastInsertRowid)
      remember(id, events)
      return id
    },
    read,
    readPlaces: (places) => places.map(({ block, place }) => read(block)[place] as StoredEvent),
    newest: () => (selectNewest.get()?.id as number | null) ?? 0,
    find(after, limit, project, messageId) {
      const text = JSON.stringify(messageId)
      for (const row of selectBodies.iterate(after, limit)) {
        // Looked for as text first: most blocks are none that need to become objects.
        const lines = zstdDecompressSync(row.body as Uint8Array).toString('utf8')
        if (!lines.includes(text)) continue
        const found = parseLines(lines).find((event) => event?.project === project && event.messageId === messageId)
        if (found) return found
      }
      return undefined
    },
    after: (block, limit) => selectAfter.all(block, limit) as unknown as { id: number; events: number }[],
    release(upTo) {
      for (const id of cache.keys()) if (id <= upTo) cache.delete(id)
    },
    blank(id, places) {
      // Not those that are kept at hand: another process may have taken events out, which must not come back.
      cache.delete(id)
      const events = read(id).map((event, place) => (places.has(place) ? undefined : event))
      const count = events.filter((event) => event !== undefined).length
      cache.delete(id)
      if (count === 0 && Number(remove.run(id).changes) > 0) return
      update.run(count, zstdCompressSync(textOf(events), level), id)
    },
    reset: () => cache.clear(),
  }
}

/**
 * Packs events into blocks in the order given. Node's asynchronous zstd costs four times the CPU of the synchronous one
 * for so little data, and sets up a thread's worth of memory for each block.
 */
export const packBlocks = (events: readonly StoredEvent[]): PackedBlock[] =>
  sliceBlocks(events).map((slice) => ({ events: slice, body: zstdCompressSync(textOf(slice), level) }))

function sliceBlocks(events: readonly StoredEvent[]): (readonly StoredEvent[])[] {
  const slices: (readonly StoredEvent[])[] = []
  for (let start = 0; start < events.length; start += blockEvents) slices.push(events.slice(start, start + blockEvents))
  return slices
}

/** One line an event; an empty one where it was let go. */
const textOf = (events: readonly (StoredEvent | undefined)[]): string =>
  events.map((event) => (event ? JSON.stringify(event) : '')).join('\n')

const decodeBlock = (body: Uint8Array): (StoredEvent | undefined)[] =>
  parseLines(zstdDecompressSync(body).toString('utf8'))

const parseLines = (lines: string): (StoredEvent | undefined)[] =>
  lines.split('\n').map((line) => (line === '' ? undefined : (JSON.parse(line) as StoredEvent)))
