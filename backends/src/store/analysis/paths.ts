import type { PathsAnswer, PathsQuery } from '@trailstitch/protocol'
import type { Scan } from './scan.ts'

/** What of an event names its step. */
export const pathFields = ['type', 'event', 'path', 'name'] as const

/** Of an event; undefined for one that is no step. */
type Namer = (index: number) => string | undefined

const defaultTop = 5

/** `scan` has all events, filter 0 for the anchor, and the values of {@link pathFields}. */
export function paths(query: PathsQuery, scan: Scan): Pick<PathsAnswer, 'paths' | 'nodes' | 'links'> {
  const nameOf = createNamer(query, scan)
  const walked = [...sessionsOf(scan)].flatMap((events) => walk(query, { events, scan, nameOf }))
  const shown = Array.from({ length: query.steps + 1 }, (_, step) =>
    mostFrequent(
      walked.flatMap((path) => path[step] ?? []),
      query.top ?? defaultTop,
    ),
  )
  const named = walked.map((path) => path.map((name, step) => (shown[step]?.has(name) ? name : null)))
  return { paths: walked.length, nodes: nodesOf(named), links: linksOf(named) }
}

function createNamer({ by = 'event' }: PathsQuery, { values }: Scan): Namer {
  const read = pathFields.map((_, column) => (index: number): string => {
    const { ids, names } = values[column] as Scan['values'][number]
    return names[ids[index] as number] as string
  })
  const [typeOf, eventOf, pathOf, viewOf] = read as [
    (typeof read)[0],
    (typeof read)[0],
    (typeof read)[0],
    (typeof read)[0],
  ]
  return (index) => {
    const type = typeOf(index)
    if (type === 'page' || type === 'screen') return pathOf(index) || viewOf(index)
    return by === 'event' ? eventOf(index) : undefined
  }
}

/** Events of each session, by time. */
function sessionsOf({ count, session }: Scan): Iterable<number[]> {
  const found = new Map<number, number[]>()
  for (let index = 0; index < count; index++) {
    const id = session[index] as number
    if (id < 0) continue
    const known = found.get(id)
    if (known) known.push(index)
    else found.set(id, [index])
  }
  return found.values()
}

/** The names of a session's path; nothing where no event is an anchor. */
function walk(
  { anchor, direction = 'forward', steps }: PathsQuery,
  { events, scan, nameOf }: { events: readonly number[]; scan: Scan; nameOf: Namer },
): string[][] {
  const own = events.filter((index) => nameOf(index) !== undefined)
  const isForward = direction === 'forward'
  const first = anchor
    ? own.findIndex((index) => ((scan.matches[index] as number) & 1) === 1)
    : isForward
      ? 0
      : own.length - 1
  if (first < 0 || own.length === 0) return []
  const way = isForward ? own.slice(first) : own.slice(0, first + 1).reverse()
  const path: string[] = []
  for (const index of way) {
    const name = nameOf(index) as string
    if (path.at(-1) !== name) path.push(name)
    if (path.length > steps) break
  }
  return [path]
}

function countAll(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return counts
}

const mostFrequent = (names: readonly string[], top: number): Set<string> =>
  new Set(
    [...countAll(names)]
      .sort(([a, many], [b, others]) => others - many || (a < b ? -1 : 1))
      .slice(0, top)
      .map(([name]) => name),
  )

type Named = readonly (readonly (string | null)[])[]

/** Most paths first, the rest last. */
const byPaths =
  <T extends { step: number; paths: number }>(key: (row: T) => string) =>
  (a: T, b: T): number =>
    a.step - b.step || b.paths - a.paths || (key(a) < key(b) ? -1 : 1)

function nodesOf(named: Named): PathsAnswer['nodes'] {
  const counts = countAll(named.flatMap((path) => path.map((name, step) => JSON.stringify([step, name]))))
  const nodes = [...counts].map(([key, paths]) => {
    const [step, name] = JSON.parse(key) as [number, string | null]
    return { step, name, paths }
  })
  return nodes.sort(byPaths(({ name }) => JSON.stringify(name)))
}

function linksOf(named: Named): PathsAnswer['links'] {
  const counts = countAll(
    named.flatMap((path) => path.slice(1).map((name, step) => JSON.stringify([step, path[step], name]))),
  )
  const links = [...counts].map(([key, paths]) => {
    const [step, from, to] = JSON.parse(key) as [number, string | null, string | null]
    return { step, from, to, paths }
  })
  return links.sort(byPaths(({ from, to }) => JSON.stringify([from, to])))
}
