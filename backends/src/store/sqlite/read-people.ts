import type { DatabaseSync } from 'node:sqlite'
import type { PeopleQuery, Person, PersonDetail, PersonQuery, Page } from '@trailstitch/protocol'
import { parseProfileId, profileIdOf } from '../identity.ts'
import { decodeCursor, encodeCursor, limitOf } from '../paging.ts'
import { buildPerson, linksOf, touchesOf, type PersonSource } from '../person.ts'
import type { SessionState } from '../port.ts'
import type { Edges } from './edges.ts'
import type { Entities } from './entities.ts'
import { readGroups } from './groups.ts'
import { joinForReading } from './join.ts'
import type { Profiles } from './profiles.ts'

export interface PeopleReader {
  people(query: PeopleQuery): Page<Person>
  person(query: PersonQuery): PersonDetail | undefined
  /** The entity a profileId leads to today. */
  current(project: string, profileId: string): number | undefined
}

interface Parts {
  db: DatabaseSync
  entities: Entities
  profiles: Profiles
  edges: Edges
}

interface ProfileRow {
  entity: number
  last_seen: number
  key: Uint8Array
}

export function createPeopleReader({ db, entities, profiles, edges }: Parts): PeopleReader {
  const columns = 'SELECT p.entity, p.last_seen, e.key FROM profiles p JOIN entities e ON e.id = p.entity'
  const selectPage = db.prepare(`${columns} WHERE p.project = ? AND p.last_seen < ? ORDER BY p.last_seen DESC LIMIT ?`)
  const selectGroup = db.prepare(`${columns} WHERE p.project = ? AND p.last_seen = ?`)
  const selectByEmail = db.prepare(`${columns} WHERE p.project = ? AND p.email >= ? AND p.email < ? LIMIT 2000`)
  const selectOne = db.prepare(`${columns} WHERE p.entity = ?`)
  const selectByKey = db.prepare('SELECT id, kind, root, owner, state FROM entities WHERE key = ? AND project = ?')
  const selectRoot = db.prepare('SELECT root FROM entities WHERE id = ?')
  const selectOwners = db.prepare('SELECT user FROM owners WHERE visitor = ?')
  const selectSessions = db.prepare('SELECT state FROM sessions WHERE entity = ? ORDER BY start, first')
  const selectSessionsBack = db.prepare('SELECT state FROM sessions WHERE entity = ? ORDER BY start DESC, first DESC')

  const rootOf = (user: number): number => (selectRoot.get(user)?.root as number | null) ?? user

  const current = (project: string, profileId: string): number | undefined => {
    const key = parseProfileId(profileId)
    const row = key && selectByKey.get(key, project)
    if (!row) return undefined
    const id = row.id as number
    if (row.kind === 'user') return (row.root as number | null) ?? id
    if (selectOne.get(id)) return id
    const runs = typeof row.state === 'string' ? (JSON.parse(row.state) as { runs: { user: string | null }[] }).runs : []
    const last = runs.at(-1)?.user
    return last == null ? id : rootOf(entities.find(project, 'user', last) ?? id)
  }

  const show = (entity: number): { source: PersonSource; person: Person } | undefined => {
    const source = profiles.source(entity)
    const built = source && buildPerson(source, joinForReading)
    return source && built && { source, person: built.person }
  }

  const compare = (a: ProfileRow, b: ProfileRow): number =>
    b.last_seen - a.last_seen || (profileIdOf(a.key) < profileIdOf(b.key) ? -1 : 1)

  const search = (project: string, text: string): ProfileRow[] => {
    const found = new Set<number>()
    const user = entities.find(project, 'user', text)
    if (user !== undefined) found.add(rootOf(user))
    const visitor = entities.find(project, 'visitor', text)
    if (visitor !== undefined) {
      found.add(visitor)
      for (const row of selectOwners.all(visitor)) found.add(rootOf(row.user as number))
    }
    const email = text.toLowerCase()
    const rows = selectByEmail.all(project, email, `${email}\u{10FFFF}`) as unknown as ProfileRow[]
    const known = new Set(rows.map(({ entity }) => entity))
    for (const entity of found) {
      const row = known.has(entity) ? undefined : (selectOne.get(entity) as ProfileRow | undefined)
      const person = row && show(entity)?.person
      if (row && person && (person.capped || person.userIds.includes(text) || person.anonymousIds.includes(text))) rows.push(row)
    }
    return rows
  }

  const touches = (project: string, source: PersonSource): Pick<PersonDetail, 'firstTouch' | 'lastTouch'> => {
    const names = new Set(source.users.map(({ id }) => id))
    const ends: SessionState[] = []
    for (const { id, state } of source.visitors) {
      const entity = entities.find(project, 'visitor', id)
      if (entity === undefined) continue
      const mine = (session: SessionState): boolean => {
        const user = session.user ?? (state.runs.length === 1 ? state.runs[0]?.user : null) ?? null
        return session.touch !== undefined && (source.root === undefined ? user === null : user !== null && names.has(user))
      }
      for (const statement of [selectSessions, selectSessionsBack]) {
        for (const row of statement.iterate(entity)) {
          const session = JSON.parse(row.state as string) as SessionState
          if (mine(session) && ends.push(session)) break
        }
      }
    }
    return touchesOf(ends)
  }

  return {
    current,
    people(query) {
      const limit = limitOf(query.limit)
      const after = query.cursor === undefined ? undefined : decodeCursor<[number, string]>(query.cursor, ['number', 'string'])
      const rows = query.search
        ? search(query.project, query.search)
        : readGroups<ProfileRow>(
            {
              after: (key, count) => selectPage.all(query.project, key ?? Number.MAX_SAFE_INTEGER, count) as unknown as ProfileRow[],
              at: (key) => selectGroup.all(query.project, key) as unknown as ProfileRow[],
              keyOf: (row) => row.last_seen,
            },
            after?.[0],
            limit + 1,
          )
      const sorted = rows
        .sort(compare)
        .filter((row) => !after || row.last_seen < after[0] || (row.last_seen === after[0] && profileIdOf(row.key) > after[1]))
      const shown = sorted.slice(0, limit)
      const last = shown.at(-1)
      return {
        items: shown.flatMap(({ entity }) => show(entity)?.person ?? []),
        nextCursor: last && sorted.length > limit ? encodeCursor([last.last_seen, profileIdOf(last.key)]) : null,
      }
    },
    person({ project, profileId }) {
      const entity = current(project, profileId)
      const found = entity === undefined ? undefined : show(entity)
      if (!found) return undefined
      const root = found.source.root
      const aliases = root === undefined ? [] : edges.component(project, root)
      return { ...found.person, links: linksOf(found.source, aliases), ...touches(project, found.source) }
    },
  }
}
