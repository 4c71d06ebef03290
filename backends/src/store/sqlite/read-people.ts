import type { DatabaseSync } from 'node:sqlite'
import type { Page, PeopleQuery, Person, PersonDetail, PersonQuery } from '@trailstitch/protocol'
import { pastTouches } from '../expiry.ts'
import { parseProfileId, profileIdOf } from '../identity.ts'
import { joinForReading } from '../join-for-reading.ts'
import { decodeCursor, encodeCursor, limitOf } from '../paging.ts'
import { buildPerson, linksOf, type PersonSource, touchesOf } from '../person.ts'
import type { SessionState } from '../port.ts'
import { unpackSession } from '../session-codec.ts'
import { isSourceOf, ownerOfSession } from '../session-owner.ts'
import type { Edges } from './edges.ts'
import type { Entities } from './entities.ts'
import type { PersonFinder } from './find-person.ts'
import { readGroups } from './groups.ts'
import type { Profiles } from './profiles.ts'

export interface PeopleReader {
  people(query: PeopleQuery): Page<Person>
  /** Those of them, by profileId, and how many they are. */
  among(
    query: Pick<PeopleQuery, 'project' | 'limit' | 'cursor'>,
    profileIds: ReadonlySet<string>,
  ): Page<Person> & { total: number }
  person(query: PersonQuery): PersonDetail | undefined
}

interface Parts {
  db: DatabaseSync
  entities: Entities
  profiles: Profiles
  edges: Edges
  finder: PersonFinder
}

interface ProfileRow {
  entity: number
  last_seen: number
  key: Uint8Array
}

type RowReader = {
  page(project: string, lastSeen: number | undefined, count: number): ProfileRow[]
  search(project: string, text: string): ProfileRow[]
  /** All of them, by profileId. */
  named(profileIds: ReadonlySet<string>): ProfileRow[]
}

export function createPeopleReader({ db, entities, profiles, edges, finder }: Parts): PeopleReader {
  const show = (entity: number): { source: PersonSource; person: Person } | undefined => {
    const source = profiles.source(entity)
    const built = source && buildPerson(source, joinForReading)
    return source && built && { source, person: built.person }
  }
  const rows = createRowReader(db, finder, (entity) => show(entity)?.person)
  const readTouches = createTouchReader(db, entities)
  type Paged = Pick<PeopleQuery, 'limit' | 'cursor'>
  const page = (query: Paged, find: (lastSeen: number | undefined, count: number) => ProfileRow[]): Page<Person> => {
    const limit = limitOf(query.limit)
    const after =
      query.cursor === undefined ? undefined : decodeCursor<[number, string]>(query.cursor, ['number', 'string'])
    const sorted = find(after?.[0], limit + 1)
      .sort((a, b) => b.last_seen - a.last_seen || (profileIdOf(a.key) < profileIdOf(b.key) ? -1 : 1))
      .filter(
        (row) => !after || row.last_seen < after[0] || (row.last_seen === after[0] && profileIdOf(row.key) > after[1]),
      )
    const shown = sorted.slice(0, limit)
    const last = shown.at(-1)
    return {
      items: shown.flatMap(({ entity }) => show(entity)?.person ?? []),
      nextCursor: last && sorted.length > limit ? encodeCursor([last.last_seen, profileIdOf(last.key)]) : null,
    }
  }
  return {
    people: (query) =>
      page(query, (lastSeen, count) =>
        query.search ? rows.search(query.project, query.search) : rows.page(query.project, lastSeen, count),
      ),
    among(query, profileIds) {
      const found = rows.named(profileIds)
      return { ...page(query, () => found), total: found.length }
    },
    person({ project, profileId }) {
      const entity = finder.current(project, profileId)
      const found = entity === undefined ? undefined : show(entity)
      if (!found) return undefined
      const { root } = found.source
      const aliases = root === undefined ? [] : edges.component(project, root)
      return { ...found.person, links: linksOf(found.source, aliases), ...readTouches(found.source) }
    },
  }
}

function createRowReader(
  db: DatabaseSync,
  finder: PersonFinder,
  show: (entity: number) => Person | undefined,
): RowReader {
  const columns = 'SELECT p.entity, p.last_seen, e.key FROM profiles p JOIN entities e ON e.id = p.entity'
  const selectPage = db.prepare(`${columns} WHERE p.project = ? AND p.last_seen < ? ORDER BY p.last_seen DESC LIMIT ?`)
  const selectGroup = db.prepare(`${columns} WHERE p.project = ? AND p.last_seen = ?`)
  const selectByEmail = db.prepare(`${columns} WHERE p.project = ? AND p.email >= ? AND p.email < ? LIMIT 2000`)
  const selectOne = db.prepare(`${columns} WHERE p.entity = ?`)
  const selectNamed = db.prepare(`${columns} WHERE e.key = ?`)
  return {
    named: (profileIds) =>
      [...profileIds].flatMap(
        (profileId) => (selectNamed.get(parseProfileId(profileId) ?? '') as ProfileRow | undefined) ?? [],
      ),
    page: (project, lastSeen, count) =>
      readGroups<ProfileRow>(
        {
          after: (key, limit) =>
            selectPage.all(project, key ?? Number.MAX_SAFE_INTEGER, limit) as unknown as ProfileRow[],
          at: (key) => selectGroup.all(project, key) as unknown as ProfileRow[],
          keyOf: (row) => row.last_seen,
        },
        lastSeen,
        count,
      ),
    search(project, text) {
      const email = text.toLowerCase()
      const rows = selectByEmail.all(project, email, `${email}\u{10FFFF}`) as unknown as ProfileRow[]
      const known = new Set(rows.map(({ entity }) => entity))
      for (const entity of finder.byId(project, text)) {
        const row = known.has(entity) ? undefined : (selectOne.get(entity) as ProfileRow | undefined)
        const person = row && show(entity)
        // An id may lead to a person that no longer, or not visibly, bears it.
        if (row && person && (person.capped || person.userIds.includes(text) || person.anonymousIds.includes(text)))
          rows.push(row)
      }
      return rows
    },
  }
}

/** Touches of a person's earliest and latest session that have one. */
function createTouchReader(
  db: DatabaseSync,
  entities: Entities,
): (source: PersonSource) => Pick<PersonDetail, 'firstTouch' | 'lastTouch'> {
  const forward = db.prepare('SELECT state FROM sessions WHERE entity = ? ORDER BY start, first')
  const back = db.prepare('SELECT state FROM sessions WHERE entity = ? ORDER BY start DESC, first DESC')
  return (source) => {
    const ends: Pick<SessionState, 'first' | 'touch'>[] = []
    for (const { id, state } of source.visitors) {
      ends.push(...pastTouches(state, (user) => isSourceOf(source, user)))
      const entity = entities.find(source.project, 'visitor', id)
      if (entity === undefined) continue
      for (const statement of [forward, back]) {
        for (const row of statement.iterate(entity)) {
          const session = unpackSession(row.state as string)
          if (!session.touch || !isSourceOf(source, ownerOfSession(session, state.runs))) continue
          ends.push(session)
          break
        }
      }
    }
    return touchesOf(ends)
  }
}
