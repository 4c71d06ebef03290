import type { DatabaseSync } from 'node:sqlite'
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import type { StoredEvent } from '@trailstitch/protocol'

/** Events a block: more compress better, fewer cost less to read one. 32 of 700 bytes take about 4 KiB. */
export const blockEvents = 32

const level = { params: { [constants.ZSTD_c_compressionLevel]: 1 } }

export interface Place {
  block: number
  place: number
}

export interface Blocks {
  /** Appends events in the order given and says where each lies. Call inside a transaction. */
  append(events: readonly StoredEvent[]): Place[]
  read(block: number): StoredEvent[]
  /** Reads what lies at the places, each block once, in the order given. */
  readPlaces(places: readonly Place[]): StoredEvent[]
  /** Numbers of blocks after `block`, ascending, with their counts. */
  after(block: number, limit: number): { id: number; events: number }[]
  reset(): void
}

/** A few blocks are kept as objects: what was just appended is stitched next. */
const maxCached = 2_000

export function createBlocks(db: DatabaseSync): Blocks {
  const insert = db.prepare('INSERT INTO blocks (events, body) VALUES (?, ?)')
  const select = db.prepare('SELECT body FROM blocks WHERE id = ?')
  const selectAfter = db.prepare('SELECT id, events FROM blocks WHERE id > ? ORDER BY id LIMIT ?')
  const cache = new Map<number, StoredEvent[]>()

  const remember = (id: number, events: StoredEvent[]): void => {
    cache.set(id, events)
    if (cache.size > maxCached) {
      const oldest = cache.keys().next().value
      if (oldest !== undefined) cache.delete(oldest)
    }
  }
  const read = (id: number): StoredEvent[] => {
    const cached = cache.get(id)
    if (cached) return cached
    const row = select.get(id)
    const events = row ? decodeBlock(row.body as Uint8Array) : []
    if (row) remember(id, events)
    return events
  }
  return {
    append(events) {
      const places: Place[] = []
      for (let start = 0; start < events.length; start += blockEvents) {
        const slice = events.slice(start, start + blockEvents)
        const id = Number(insert.run(slice.length, encodeBlock(slice)).lastInsertRowid)
        remember(id, slice)
        for (let place = 0; place < slice.length; place++) places.push({ block: id, place })
      }
      return places
    },
    read,
    readPlaces: (places) => places.map(({ block, place }) => read(block)[place] as StoredEvent),
    after: (block, limit) => selectAfter.all(block, limit) as unknown as { id: number; events: number }[],
    reset: () => cache.clear(),
  }
}

const encodeBlock = (events: readonly StoredEvent[]): Uint8Array =>
  zstdCompressSync(events.map((event) => JSON.stringify(event)).join('\n'), level)

const decodeBlock = (body: Uint8Array): StoredEvent[] =>
  zstdDecompressSync(body)
    .toString('utf8')
    .split('\n')
    .map((line) => JSON.parse(line) as StoredEvent)
