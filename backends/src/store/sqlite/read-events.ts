import type { DatabaseSync } from 'node:sqlite'
import type { EventsQuery, LiveAnswer, LiveQuery, Page, StoredEvent } from '@trailstitch/protocol'
import { decodeCursor, encodeCursor, limitOf } from '../paging.ts'
import type { Blocks } from './blocks.ts'

/** Events in the order they were stored: the newest for a live view, all of them for an export. */
export interface EventsReader {
  live(query: LiveQuery): LiveAnswer
  events(query: EventsQuery): Page<StoredEvent>
}

/** Blocks looked at for the newest events of a project at most: a project that is quiet beside busy ones shows less. */
const maxLiveBlocks = 400

export function createEventsReader(db: DatabaseSync, blocks: Blocks): EventsReader {
  const selectNewest = db.prepare('SELECT id FROM blocks WHERE id > ? ORDER BY id DESC LIMIT ?')
  return {
    live({ project, limit: asked, after }) {
      const limit = limitOf(asked)
      const items: StoredEvent[] = []
      const [mark] = after === undefined ? [0] : decodeCursor<[number]>(after, ['number'])
      const ids = selectNewest.all(mark, maxLiveBlocks).map((row) => row.id as number)
      for (const id of ids) {
        if (items.length >= limit) break
        items.push(
          ...blocks
            .read(id)
            .flatMap((event) => (event?.project === project ? [event] : []))
            .reverse(),
        )
      }
      return { items: items.slice(0, limit), cursor: encodeCursor([ids[0] ?? mark]) }
    },
    events(query) {
      const limit = limitOf(query.limit)
      const [block, place] =
        query.cursor === undefined ? [0, -1] : decodeCursor<[number, number]>(query.cursor, ['number', 'number'])
      const items: StoredEvent[] = []
      let at: [number, number] = [block, place]
      for (let from = block - 1; ; ) {
        const found = blocks.after(from, 100)
        for (const { id } of found) {
          from = id
          for (const [index, event] of blocks.read(id).entries()) {
            if (event?.project !== query.project || (id === block && index <= place)) continue
            if (items.length === limit) return { items, nextCursor: encodeCursor(at) }
            items.push(event)
            at = [id, index]
          }
        }
        if (found.length === 0) return { items, nextCursor: null }
      }
    },
  }
}
