import type { DatabaseSync } from 'node:sqlite'
import { buildPerson, emailOf, type PersonSource } from '../person.ts'
import type { Part, StitchRules, VisitorState } from '../port.ts'

/** The rows of the people list, one per person. */
export interface Profiles {
  /** What a person is made of, read anew. Undefined when the entity leads on to another one or is unknown. */
  source(entity: number): PersonSource | undefined
  /** The part of a visitor that belongs to nobody; undefined: there is none. */
  putNobody(visitor: { id: number; project: string }, part: Part | undefined): void
  /** Joins `part` into a person's row. Right as long as nothing was taken away from the person. */
  grow(root: number, project: string, part: Part, rules: StitchRules): void
  /** Works a person's row out anew. */
  rebuild(root: number, rules: StitchRules): void
}

interface EntityRow {
  id: number
  project: string
  kind: string
  name: string
  root: number | null
  state: string | null
}

export function createProfiles(db: DatabaseSync): Profiles {
  const selectEntity = db.prepare('SELECT id, project, kind, name, root, state FROM entities WHERE id = ?')
  const selectAliased = db.prepare('SELECT id, project, kind, name, root, state FROM entities WHERE root = ?')
  const selectVisitors = db.prepare(
    'SELECT e.name, e.state FROM owners o JOIN entities e ON e.id = o.visitor WHERE o.user = ?',
  )
  const selectProfile = db.prepare('SELECT first_seen, last_seen, traits FROM profiles WHERE entity = ?')
  const upsert =
    db.prepare(`INSERT INTO profiles (entity, project, first_seen, last_seen, email, traits) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET first_seen = excluded.first_seen, last_seen = excluded.last_seen, email = excluded.email, traits = excluded.traits`)
  const remove = db.prepare('DELETE FROM profiles WHERE entity = ?')

  const put = (entity: number, project: string, part: Part): void => {
    const traits = Object.keys(part.traits).length > 0 ? JSON.stringify(part.traits) : null
    upsert.run(entity, project, part.firstSeen, part.lastSeen, emailOf(part) ?? null, traits)
  }
  const parseState = <T>(state: string | null): T | undefined => (state === null ? undefined : (JSON.parse(state) as T))

  const source = (entity: number): PersonSource | undefined => {
    const row = selectEntity.get(entity) as EntityRow | undefined
    if (!row || row.root !== null) return undefined
    if (row.kind === 'visitor') {
      const state = parseState<VisitorState>(row.state)
      const parts = state?.parts[''] ? { '': state.parts[''] } : {}
      return { project: row.project, users: [], visitors: state ? [{ id: row.name, state: { ...state, parts } }] : [] }
    }
    const users = [row, ...(selectAliased.all(entity) as unknown as EntityRow[])]
    const visitors = new Map<string, VisitorState>()
    for (const user of users) {
      for (const visitor of selectVisitors.all(user.id))
        visitors.set(visitor.name as string, JSON.parse(visitor.state as string) as VisitorState)
    }
    return {
      project: row.project,
      root: row.name,
      users: users.map(({ name, state }) => ({ id: name, part: parseState<Part>(state) })),
      visitors: [...visitors].map(([id, state]) => ({ id, state })),
    }
  }
  return {
    source,
    putNobody({ id, project }, part) {
      if (part) put(id, project, part)
      else remove.run(id)
    },
    grow(root, project, part, rules) {
      const row = selectProfile.get(root)
      if (!row) return put(root, project, part)
      const known: Part = {
        firstSeen: row.first_seen as number,
        lastSeen: row.last_seen as number,
        traits: row.traits === null ? {} : (JSON.parse(row.traits as string) as Part['traits']),
      }
      const joined = rules.joinParts(known, part)
      if (joined.firstSeen !== known.firstSeen || joined.lastSeen !== known.lastSeen || joined.traits !== known.traits)
        put(root, project, joined)
    },
    rebuild(root, rules) {
      const found = source(root)
      const built = found && buildPerson(found, rules)
      if (found && built) put(root, found.project, built.part)
      else remove.run(root)
    },
  }
}
