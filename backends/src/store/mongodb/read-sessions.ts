import type { Page, Session, SessionsQuery } from '@trailstitch/protocol'
import { showSession } from '../figures.ts'
import { decodeCursor, encodeCursor, limitOf } from '../paging.ts'
import type { PersonSource } from '../person.ts'
import type { VisitorState } from '../port.ts'
import { unpackSession } from '../session-codec.ts'
import { isSourceOf, ownerOfSession } from '../session-owner.ts'
import type { PersonFinder } from './find-person.ts'
import { entityId } from './keys.ts'
import type { EntityDoc, SessionDoc, Tables } from './tables.ts'
import { findByIds } from './writing.ts'

/** Sort key of the last item shown: start, and the sessionId. */
type After = [start: number, sessionId: string]

/** Sessions by start, latest first: of the project, or of one person. */
export function createSessionsReader(
  tables: Tables,
  finder: PersonFinder,
): (query: SessionsQuery) => Promise<Page<Session>> {
  return async (query) => {
    const { project, profileId, cursor } = query
    const limit = limitOf(query.limit)
    const after = cursor === undefined ? undefined : decodeCursor<After>(cursor, ['number', 'string'])
    const range = rangeFilter(query, after)
    let docs: SessionDoc[]
    if (profileId === undefined) docs = await readRange(tables, { p: project, ...range }, limit + 1)
    else {
      const id = await finder.current(project, profileId)
      const source = id === undefined ? undefined : (await finder.sources(project, [id])).get(id)
      docs = source ? await readOfPerson(tables, source, range, limit + 1) : []
    }
    docs.sort((a, b) => b.start - a.start || (a._id < b._id ? -1 : 1))
    const shown = docs.slice(0, limit)
    const last = shown.at(-1)
    return {
      items: await show(tables, shown),
      nextCursor: last && docs.length > limit ? encodeCursor([last.start, last._id]) : null,
    }
  }
}

function rangeFilter({ from, to }: SessionsQuery, after: After | undefined): object {
  return {
    start: { $gte: from ?? -Number.MAX_SAFE_INTEGER, $lt: to ?? Number.MAX_SAFE_INTEGER },
    ...(after && { $or: [{ start: { $lt: after[0] } }, { start: after[0], _id: { $gt: after[1] } }] }),
  }
}

const readRange = ({ sessions }: Tables, filter: object, count: number): Promise<SessionDoc[]> =>
  sessions.find(filter).sort({ start: -1, _id: 1 }).limit(count).toArray()

/** Of a visitor with several users only some sessions are this person's, so all are read. */
async function readOfPerson(tables: Tables, source: PersonSource, range: object, count: number): Promise<SessionDoc[]> {
  const ofVisitors = await Promise.all(
    source.visitors.map(async ({ id, state }) => {
      const filter = { p: source.project, e: entityId(source.project, 'visitor', id), ...range }
      if (state.runs.length <= 1) return readRange(tables, filter, count)
      const all = await tables.sessions.find(filter).toArray()
      return all.filter((doc) => isSourceOf(source, ownerOfSession(unpackSession(doc.state), state.runs)))
    }),
  )
  return ofVisitors.flat()
}

async function show({ entities }: Tables, docs: readonly SessionDoc[]): Promise<Session[]> {
  const visitors = (await findByIds(entities as never, new Set(docs.map(({ e }) => e)))) as unknown as EntityDoc[]
  const byId = new Map(visitors.map((visitor) => [visitor._id, visitor]))
  return docs.flatMap(({ _id, e, state }) => {
    const visitor = byId.get(e)
    if (!visitor) return []
    const session = unpackSession(state)
    const { runs } = JSON.parse(visitor.state ?? '{"runs":[]}') as VisitorState
    const userId = ownerOfSession(session, runs)
    return [showSession(session, { sessionId: _id, anonymousId: visitor.name, userId })]
  })
}
