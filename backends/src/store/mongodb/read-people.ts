import type { Page, PeopleQuery, Person, PersonDetail, PersonQuery } from '@trailstitch/protocol'
import { pastTouches } from '../expiry.ts'
import { joinForReading } from '../join-for-reading.ts'
import { decodeCursor, encodeCursor, limitOf } from '../paging.ts'
import { buildPerson, linksOf, type PersonSource, touchesOf } from '../person.ts'
import type { SessionState } from '../port.ts'
import { unpackSession } from '../session-codec.ts'
import { isSourceOf, ownerOfSession } from '../session-owner.ts'
import { createEdgeSet, loadComponents } from './edges.ts'
import type { PersonFinder } from './find-person.ts'
import { entityId } from './keys.ts'
import type { ProfileDoc, Stored, Tables } from './tables.ts'
import { findByIds } from './writing.ts'

export interface PeopleReader {
  people(query: PeopleQuery): Promise<Page<Person>>
  /** Those of them, by profileId, and how many they are. */
  among(
    query: Pick<PeopleQuery, 'project' | 'limit' | 'cursor'>,
    profileIds: ReadonlySet<string>,
  ): Promise<Page<Person> & { total: number }>
  person(query: PersonQuery): Promise<PersonDetail | undefined>
}

type Row = Pick<ProfileDoc, '_id' | 'last'>
/** Sort key of the last item shown: last seen, and the profileId. */
type After = [lastSeen: number, profileId: string]

const maxMatches = 2_000

export function createPeopleReader(tables: Tables, finder: PersonFinder): PeopleReader {
  type Paged = Pick<PeopleQuery, 'project' | 'limit' | 'cursor'>
  /** `find` gives more rows than the count after the place, or all that are left. */
  const page = async (
    { project, limit: asked, cursor }: Paged,
    find: (after: After | undefined, count: number) => Promise<Row[]>,
  ): Promise<Page<Person>> => {
    const limit = limitOf(asked)
    const after = cursor === undefined ? undefined : decodeCursor<After>(cursor, ['number', 'string'])
    const rows = (await find(after, limit + 1)).filter((row) => isAfter(row, after))
    const shown = rows.slice(0, limit)
    const last = shown.at(-1)
    const people = await showPeople(finder, project, shown)
    return {
      items: shown.flatMap(({ _id }) => people.get(_id) ?? []),
      nextCursor: last && rows.length > limit ? encodeCursor([last.last, `p_${last._id}`]) : null,
    }
  }
  return {
    people: (query) =>
      page(query, (after, count) =>
        query.search
          ? searchRows(tables, finder, query.project, query.search)
          : pageRows(tables, query.project, after, count),
      ),
    async among(query, profileIds) {
      const ids = [...profileIds].map((profileId) => profileId.slice(2))
      const rows = (await findByIds(tables.profiles as never, ids)) as unknown as Stored<ProfileDoc>[]
      const found = rows.filter(({ gone }) => gone === undefined).sort(byLast)
      return { ...(await page(query, async () => found)), total: found.length }
    },
    async person({ project, profileId }) {
      const id = await finder.current(project, profileId)
      const source = id === undefined ? undefined : (await finder.sources(project, [id])).get(id)
      const built = source && buildPerson(source, joinForReading)
      if (!source || !built) return undefined
      const edges = createEdgeSet()
      if (source.root !== undefined) await loadComponents(tables, project, [source.root], edges)
      const links = linksOf(source, source.root === undefined ? [] : edges.component(source.root))
      return { ...built.person, links, ...(await readTouches(tables, source)) }
    },
  }
}

async function showPeople(finder: PersonFinder, project: string, rows: readonly Row[]): Promise<Map<string, Person>> {
  const sources = await finder.sources(
    project,
    rows.map(({ _id }) => _id),
  )
  return new Map(
    [...sources].flatMap(([id, source]) => {
      const built = buildPerson(source, joinForReading)
      return built ? [[id, built.person] as const] : []
    }),
  )
}

const isAfter = ({ _id, last }: Row, after: After | undefined): boolean =>
  !after || last < after[0] || (last === after[0] && `p_${_id}` > after[1])

const byLast = (a: Row, b: Row): number => b.last - a.last || (a._id < b._id ? -1 : 1)

const pageRows = ({ profiles }: Tables, p: string, after: After | undefined, count: number): Promise<Row[]> =>
  profiles
    .find({
      p,
      last: { $gte: -Number.MAX_SAFE_INTEGER }, // a mark of what was taken away has none
      ...(after && { $or: [{ last: { $lt: after[0] } }, { last: after[0], _id: { $gt: after[1].slice(2) } }] }),
    })
    .sort({ last: -1, _id: 1 })
    .limit(count)
    .toArray()

async function searchRows({ profiles }: Tables, finder: PersonFinder, p: string, text: string): Promise<Row[]> {
  const email = text.toLowerCase()
  const rows: Row[] = await profiles
    .find({ p, email: { $gte: email, $lt: `${email}\u{10FFFF}` } })
    .limit(maxMatches)
    .toArray()
  const known = new Set(rows.map(({ _id }) => _id))
  const ids = (await finder.byId(p, text)).filter((id) => !known.has(id))
  const found = (await findByIds(profiles as never, ids)) as unknown as ProfileDoc[]
  const people = await showPeople(finder, p, found)
  for (const row of found) {
    const person = people.get(row._id)
    // An id may lead to a person that no longer, or not visibly, bears it.
    if (person && (person.capped || person.userIds.includes(text) || person.anonymousIds.includes(text))) rows.push(row)
  }
  return rows.sort(byLast)
}

/** Touches of a person's earliest and latest session that have one. */
async function readTouches(
  { sessions }: Tables,
  source: PersonSource,
): Promise<Pick<PersonDetail, 'firstTouch' | 'lastTouch'>> {
  const ends: Pick<SessionState, 'first' | 'touch'>[] = []
  for (const { id, state } of source.visitors) {
    ends.push(...pastTouches(state, (user) => isSourceOf(source, user)))
    const e = entityId(source.project, 'visitor', id)
    for (const direction of [1, -1] as const) {
      for await (const doc of sessions
        .find({ p: source.project, e })
        .sort({ start: direction, m: direction })
        .batchSize(20)) {
        const session = unpackSession(doc.state)
        if (!session.touch || !isSourceOf(source, ownerOfSession(session, state.runs))) continue
        ends.push(session)
        break
      }
    }
  }
  return touchesOf(ends)
}
