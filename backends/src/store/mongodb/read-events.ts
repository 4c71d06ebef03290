import type { EventsQuery, LiveAnswer, LiveQuery, Page, StoredEvent } from '@trailstitch/protocol'
import { decodeCursor, encodeCursor, limitOf } from '../paging.ts'
import type { Events } from './events.ts'
import type { Tables, TimelineDoc } from './tables.ts'

/** Events in the order they were folded: the newest for a live view, all of them for an export. */
export interface EventsReader {
  live(query: LiveQuery): Promise<LiveAnswer>
  events(query: EventsQuery): Promise<Page<StoredEvent>>
}

export function createEventsReader({ timeline, lanes }: Tables, events: Events): EventsReader {
  const read = async (project: string, places: readonly TimelineDoc[]): Promise<StoredEvent[]> => {
    const bodies = await events.read(places.map(({ _id, t }) => ({ key: _id, project, timestamp: t })))
    return places.flatMap(({ _id }) => bodies.get(_id) ?? [])
  }
  return {
    async live({ project, limit: asked, after }) {
      const limit = limitOf(asked)
      const [mark] = after === undefined ? [0] : decodeCursor<[number]>(after, ['number'])
      // Up to the last round that is done: of one that is being written, the rest would be passed over.
      const round = (await lanes.findOne({ _id: project }))?.r ?? 0
      const places = await timeline
        .find({ p: project, o: { $gt: mark, $lte: round } })
        .sort({ o: -1, _id: -1 })
        .limit(limit)
        .toArray()
      return { items: await read(project, places), cursor: encodeCursor([Math.max(round, mark)]) }
    },
    /**
     * First all that is folded, by round and key. Then the rest: what was not folded when the first part ended, by key
     * alone, as it may be folded meanwhile and its round would move it. The cursor of the rest has that end in it.
     */
    async events({ project, limit: asked, cursor }) {
      const limit = limitOf(asked)
      const [round, key, end] =
        cursor === undefined
          ? [0, '', 0]
          : decodeCursor<[number, string, number]>(cursor, ['number', 'string', 'number'])
      if (end === 0) {
        const folded = await timeline
          .find({ p: project, $or: [{ o: round, _id: { $gt: key } }, { o: { $gt: round } }] })
          .sort({ o: 1, _id: 1 })
          .limit(limit + 1)
          .toArray()
        const last = folded[limit - 1]
        if (last && folded.length > limit)
          return {
            items: await read(project, folded.slice(0, limit)),
            nextCursor: encodeCursor([last.o as number, last._id, 0]),
          }
        const items = await read(project, folded)
        const ended = folded.at(-1)?.o ?? round
        // An end of 0 would read as the first part.
        return continueUnfolded(items, { project, key: '', end: ended + 1, limit: limit - items.length })
      }
      return continueUnfolded([], { project, key, end, limit })
    },
  }

  async function continueUnfolded(
    items: StoredEvent[],
    { project, key, end, limit }: { project: string; key: string; end: number; limit: number },
  ): Promise<Page<StoredEvent>> {
    const places = await timeline
      .find({ p: project, _id: { $gt: key }, $or: [{ u: project }, { o: { $gte: end } }] })
      .sort({ _id: 1 })
      .limit(limit + 1)
      .toArray()
    const shown = places.slice(0, limit)
    const more = places.length > limit
    return {
      items: [...items, ...(await read(project, shown))],
      nextCursor: more ? encodeCursor([0, shown.at(-1)?._id ?? key, end]) : null,
    }
  }
}
