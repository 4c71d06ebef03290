import { digest } from '../identity.ts'
import type { Edge } from '../port.ts'
import type { EdgeDoc, Tables } from './tables.ts'
import { pieces } from './writing.ts'

export const toEdge = ({ kind, from, user, t, m }: EdgeDoc): Edge => ({ kind, from, user, at: [t, m] })

export function toEdgeDoc(project: string, { kind, from, user, at }: Edge): EdgeDoc {
  const _id = digest(project, kind, from, user, at[0], at[1]).toString('base64url')
  return { _id, p: project, from, user, kind, t: at[0], m: at[1] }
}

/** Reads edges that start at one of the ids or, with `both`, also those that end there. */
export async function readEdges(
  { edges }: Pick<Tables, 'edges'>,
  project: string,
  ids: readonly string[],
  both: boolean,
): Promise<EdgeDoc[]> {
  const found: EdgeDoc[] = []
  for (const piece of pieces(ids)) {
    found.push(...(await edges.find({ p: project, from: { $in: piece } }).toArray()))
    if (both) found.push(...(await edges.find({ p: project, user: { $in: piece } }).toArray()))
  }
  return found
}

/** Edges at hand, by where they start and end. */
export interface EdgeSet {
  add(docs: Iterable<EdgeDoc>): void
  from(id: string): Edge[]
  /** Alias edges of the whole component a user belongs to, and the undos among them. */
  component(userId: string): Edge[]
}

export function createEdgeSet(): EdgeSet {
  const known = new Set<string>()
  const froms = new Map<string, Edge[]>()
  const tos = new Map<string, Edge[]>()
  const push = (map: Map<string, Edge[]>, id: string, edge: Edge): void => {
    const list = map.get(id)
    if (list) list.push(edge)
    else map.set(id, [edge])
  }
  return {
    add(docs) {
      for (const doc of docs) {
        if (known.has(doc._id)) continue
        known.add(doc._id)
        const edge = toEdge(doc)
        push(froms, doc.from, edge)
        push(tos, doc.user, edge)
      }
    },
    from: (id) => froms.get(id) ?? [],
    component(userId) {
      const seen = new Set([userId])
      const found = new Set<Edge>()
      for (const id of seen) {
        for (const edge of [...(froms.get(id) ?? []), ...(tos.get(id) ?? [])]) {
          if (edge.kind === 'link') continue
          found.add(edge)
          seen.add(edge.from).add(edge.user) // a Set visits what is added while it is walked
        }
      }
      return [...found]
    },
  }
}

/** Reads the components that the users belong to into the set. */
export async function loadComponents(
  tables: Pick<Tables, 'edges'>,
  project: string,
  users: Iterable<string>,
  into: EdgeSet,
): Promise<void> {
  const seen = new Set<string>()
  for (let frontier = [...new Set(users)]; frontier.length > 0; ) {
    for (const id of frontier) seen.add(id)
    const docs = (await readEdges(tables, project, frontier, true)).filter(({ kind }) => kind !== 'link')
    into.add(docs)
    frontier = [...new Set(docs.flatMap(({ from, user }) => [from, user]))].filter((id) => !seen.has(id))
  }
}
