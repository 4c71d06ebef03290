import type { DatabaseSync } from 'node:sqlite'
import type { StoredEvent } from '@trailstitch/protocol'
import { edgesOf } from '../edges.ts'
import type { Edge } from '../port.ts'
import type { Entities } from './entities.ts'

/** The append-only log of merges and undos that do not lie in a visitor's own events. */
export interface Edges {
  /** Logs what an event says of identities. Call inside a transaction. */
  add(event: StoredEvent): void
  /** What concerns a visitor or, for aliases, a user: edges that start there. */
  from(project: string, id: string): Edge[]
  /** Edges that start or end at an id. */
  touching(project: string, id: string): Edge[]
  /** Alias edges of the whole component a user belongs to, and the undos among them. */
  component(project: string, userId: string): Edge[]
}

export function createEdges(db: DatabaseSync, entities: Entities): Edges {
  const insert = db.prepare(
    'INSERT OR IGNORE INTO edges (project, source, user, kind, time, message) VALUES (?, ?, ?, ?, ?, ?)',
  )
  const mark = db.prepare('UPDATE entities SET edges = edges + 1 WHERE id = ?')
  const selectFrom = db.prepare('SELECT * FROM edges WHERE project = ? AND source = ?')
  const selectTo = db.prepare('SELECT * FROM edges WHERE project = ? AND user = ?')

  const from = (project: string, id: string): Edge[] => selectFrom.all(project, id).map(toEdge)
  return {
    add(event) {
      for (const edge of edgesOf(event)) {
        insert.run(event.project, edge.from, edge.user, edge.kind, edge.at[0], edge.at[1])
        mark.run(entities.resolve(event.project, 'visitor', edge.from))
      }
    },
    from,
    touching: (project, id) => [...from(project, id), ...selectTo.all(project, id).map(toEdge)],
    component(project, userId) {
      const seen = new Set([userId])
      const found = new Map<string, Edge>()
      for (const id of seen) {
        for (const edge of [...from(project, id), ...selectTo.all(project, id).map(toEdge)]) {
          if (edge.kind === 'link') continue
          found.set(JSON.stringify(edge), edge)
          seen.add(edge.from).add(edge.user) // a Set visits what is added while it is walked
        }
      }
      return [...found.values()]
    },
  }
}

const toEdge = (row: Record<string, unknown>): Edge => ({
  kind: row.kind as Edge['kind'],
  from: row.source as string,
  user: row.user as string,
  at: [row.time as number, row.message as string],
})
