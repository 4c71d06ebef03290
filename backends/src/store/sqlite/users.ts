import type { DatabaseSync } from 'node:sqlite'
import type { Part, StitchRules } from '../port.ts'
import type { Edges } from './edges.ts'
import type { Entities } from './entities.ts'
import type { StitchBatch } from './stitch-batch.ts'

/** What is kept of users beside their visitors. */
export interface Users {
  rootOf(user: number): number
  /** Folds the events a user has without a visitor; tells each user's part. */
  update(batch: StitchBatch, rules: StitchRules): { root: number; project: string; part: Part }[]
  /** Gives every user an alias touches the root it has now, and tells the roots that gained or lost somebody. */
  resolveRoots(batch: StitchBatch, rules: StitchRules): Set<number>
}

export function createUsers(db: DatabaseSync, entities: Entities, edges: Edges): Users {
  const select = db.prepare('SELECT root, state FROM entities WHERE id = ?')
  const saveState = db.prepare('UPDATE entities SET state = ? WHERE id = ?')
  const saveRoot = db.prepare('UPDATE entities SET root = ? WHERE id = ?')
  const rootOf = (user: number): number => (select.get(user)?.root as number | null) ?? user
  return {
    rootOf,
    update: (batch, rules) =>
      [...batch.users].map(([entity, { project, events }]) => {
        const row = select.get(entity)
        const fresh = rules.foldPart(events)
        const part = typeof row?.state === 'string' ? rules.joinParts(JSON.parse(row.state) as Part, fresh) : fresh
        saveState.run(JSON.stringify(part), entity)
        return { root: rootOf(entity), project, part }
      }),
    resolveRoots(batch, rules) {
      const changed = new Set<number>()
      const done = new Set<string>()
      for (const { project, edge } of batch.edges) {
        if (edge.kind === 'link' || done.has(`${project}\0${edge.user}`)) continue
        const component = edges.component(project, edge.user)
        const roots = rules.resolveAliases(component)
        for (const name of new Set(component.flatMap(({ from, user }) => [from, user]))) {
          done.add(`${project}\0${name}`)
          const entity = entities.resolve(project, 'user', name)
          const before = rootOf(entity)
          const after = entities.resolve(project, 'user', roots.get(name) ?? name)
          changed.add(before).add(after)
          if (before !== after) saveRoot.run(after === entity ? null : after, entity)
        }
      }
      return changed
    },
  }
}
