import type { DatabaseSync } from 'node:sqlite'
import { isEdgeEvent } from '../edges.ts'
import { isBefore, isEdgeErased, isEventErased, isWhollyErased, pastLeft, sessionsHolding } from '../erasing.ts'
import { compareStamps } from '../person.ts'
import type { VisitorState } from '../port.ts'
import { unpackSession } from '../session-codec.ts'
import type { Edges } from './edges.ts'
import type { Entities } from './entities.ts'
import type { DropEdges, Piece } from './erased-edges.ts'
import type { ErasedPlaces, FoundEvent } from './erased-places.ts'
import type { Profiles } from './profiles.ts'
import type { Users } from './users.ts'
import type { Visitors } from './visitors.ts'

interface Parts {
  db: DatabaseSync
  places: ErasedPlaces
  edges: Edges
  profiles: Profiles
  visitors: Visitors
  entities: Entities
  users: Users
  dropEdges: DropEdges
}

interface VisitorRow {
  name: string
  owner: number | null
  state: string | null
}

const noState: VisitorState = { last: [0, ''], runs: [{ from: [0, ''], user: null }], links: [], parts: {} }

/**
 * Erases what a visitor did as the person, and folds anew what is left: what others did, or what came later. Tells how many
 * events are gone; undefined, and nothing is done, while something is not stitched.
 */
export function createVisitorErasure(parts: Parts): (entity: number, piece: Piece) => number | undefined {
  const { db, places, edges, profiles, visitors, entities, users, dropEdges } = parts
  const select = db.prepare('SELECT name, owner, state FROM entities WHERE id = ?')
  const selectSessions = db.prepare('SELECT state FROM sessions WHERE entity = ?')
  const clear = createClear(db)
  const dropState = db.prepare('UPDATE entities SET state = NULL, runs = 0, owner = NULL WHERE id = ?')

  /** People other than the erased one who had a part in the visitor. */
  const rebuildOwners = ({ request: { project }, rebuild }: Piece, runs: VisitorState['runs']): void => {
    for (const { user } of runs) {
      const entity = user === null ? undefined : entities.find(project, 'user', user)
      if (entity !== undefined) rebuild.add(users.rootOf(entity))
    }
  }
  /** Of a visitor with several of the person's users one stands for all: they are one person. */
  const ownerOf = ({ request }: Piece, { runs }: VisitorState): number | null => {
    const user = runs.find((run) => run.user !== null)?.user
    return user == null ? null : (entities.find(request.project, 'user', user) ?? null)
  }
  return (entity, piece) => {
    const { request, erased, mark } = piece
    const { name, owner, state: text } = select.get(entity) as unknown as VisitorRow
    const before = text === null ? noState : (JSON.parse(text) as VisitorState)
    const found = places.of(entity)
    if (found.some(({ block, event }) => block > mark && isBefore(erased, event))) return undefined
    const isWhole = isWhollyErased(erased, name, before)
    const starting = edges.from(request.project, name)
    const goneEdges = starting.filter((edge) => isWhole && edge.at[0] < erased.before)
    const going = found.filter(({ event }) => isEventErased(erased, name, before, event))
    const dropped = dropEdges(request.project, goneEdges, mark)
    if (dropped === undefined) return undefined
    // An edge's event may lie here: it went with the edge.
    const later = places.of(entity)
    const isGoing = new Set(going.map(nameOf))
    const here = later.filter((one) => isGoing.has(nameOf(one)))
    places.remove(here)
    const left = later.filter((one) => !isGoing.has(nameOf(one)))
    const past = pastLeft(erased, name, before)
    const events = left.flatMap(({ block, event }) => (block > mark || isEdgeEvent(event) ? [] : [event]))
    const keptEdges = starting.filter((edge) => !goneEdges.includes(edge) && !isEdgeErased(erased, edge))
    if (here.length + dropped === 0 && past.length === (before.past ?? []).length && left.length > 0) return 0
    if (left.length + past.length + keptEdges.length === 0) clear(entity, owner ?? ownerOf(piece, before))
    else if (events.length + past.length === 0) {
      visitors.replace(entity, [], { state: noState, sessions: [] })
      dropState.run(entity)
      profiles.putNobody({ id: entity, project: request.project }, undefined)
    } else {
      events.sort((a, b) => compareStamps([a.timestamp, a.messageId], [b.timestamp, b.messageId]))
      const sessions = selectSessions.all(entity).map((row) => unpackSession(row.state as string))
      const folded = request.rules.foldVisitor(events, keptEdges, past)
      const taken = sessionsHolding(
        sessions,
        left.map(({ event }) => event),
      )
      visitors.replace(entity, taken, folded)
      profiles.putNobody({ id: entity, project: request.project }, folded.state.parts[''])
      rebuildOwners(piece, folded.state.runs)
    }
    rebuildOwners(piece, before.runs)
    return dropped + here.length
  }
}

const nameOf = ({ block, place }: FoundEvent): string => `${block} ${place}`

/** Leaves a number that names nobody; its owner's is left, so that people are counted as before. */
function createClear(db: DatabaseSync): (entity: number, owner: number | null) => void {
  const dropSessions = db.prepare('DELETE FROM sessions WHERE entity = ?')
  const dropOwners = db.prepare('DELETE FROM owners WHERE visitor = ?')
  const dropProfile = db.prepare('DELETE FROM profiles WHERE entity = ?')
  const clear = db.prepare(
    `UPDATE entities SET key = randomblob(16), name = '', edges = 0, state = NULL, runs = 1, owner = ? WHERE id = ?`,
  )
  return (entity, owner) => {
    dropSessions.run(entity)
    dropOwners.run(entity)
    dropProfile.run(entity)
    clear.run(owner, entity)
  }
}
