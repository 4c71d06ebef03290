import type { Edge, Stamp } from '@trailstitch/backends'
import { compareStamps } from './stamp.ts'

/**
 * For every user named by an alias that holds: the id all of its component is known under.
 *
 * That is the component's end: the user who was not aliased away. Where several are, or none is (a cycle), the one that
 * the latest alias pointed to. A function of the set of edges, so cycles and orders resolve the same everywhere.
 */
export function resolveAliases(edges: readonly Edge[]): Map<string, string> {
  const holding = edges.filter((edge) => edge.kind === 'alias' && edge.from !== edge.user && !isUndone(edge, edges))
  const parent = new Map<string, string>()
  const find = (id: string): string => {
    let root = id
    for (let up = parent.get(root); up !== undefined && up !== root; up = parent.get(root)) root = up
    parent.set(id, root)
    return root
  }
  for (const { from, user } of holding) parent.set(find(from), find(user))

  const components = new Map<string, Edge[]>()
  for (const edge of holding) {
    const root = find(edge.user)
    const known = components.get(root)
    if (known) known.push(edge)
    else components.set(root, [edge])
  }
  const roots = new Map<string, string>()
  for (const component of components.values()) {
    const end = endOf(component)
    for (const { from, user } of component) roots.set(from, end).set(user, end)
  }
  return roots
}

function isUndone(edge: Edge, edges: readonly Edge[]): boolean {
  return edges.some(
    ({ kind, from, user, at }) =>
      kind === 'unlink' && from === edge.from && user === edge.user && compareStamps(edge.at, at) <= 0,
  )
}

function endOf(component: readonly Edge[]): string {
  const away = new Set(component.map((edge) => edge.from))
  const targets = component.filter((edge) => !away.has(edge.user))
  return latestTarget(targets.length > 0 ? targets : component)
}

function latestTarget(edges: readonly Edge[]): string {
  let best: { at: Stamp; user: string } | undefined
  for (const { at, user } of edges) {
    const order = best ? compareStamps(at, best.at) : 1
    if (!best || order > 0 || (order === 0 && user < best.user)) best = { at, user }
  }
  return best?.user ?? ''
}
