import type { At, Edge, PastStretch, Run, SessionState, Stamp, VisitorState } from '@trailstitch/backends'
import type { StoredEvent, Touch } from '@trailstitch/protocol'
import { joinParts, partOf } from './part.ts'
import { compareStamps, laterStamp, stampOf } from './stamp.ts'

/** An event, or a stretch of events that are there no more. */
export type Item = StoredEvent | PastStretch

export const isStretch = (item: Item): item is PastStretch => 'part' in item
export const stampOfItem = (item: Item): Stamp => (isStretch(item) ? item.first : stampOf(item))

/** A visitor's events and past stretches, by stamp. */
export function inOrder(events: readonly StoredEvent[], past: readonly PastStretch[]): readonly Item[] {
  if (past.length === 0) return events
  return [...events, ...past].sort((a, b) => compareStamps(stampOfItem(a), stampOfItem(b)))
}

/** Up to which stamp an operator took back the ties to each user. */
export function undoneUntil(edges: readonly Edge[]): Map<string, Stamp> {
  const until = new Map<string, Stamp>()
  for (const edge of edges)
    if (edge.kind === 'unlink') until.set(edge.user, laterStamp(edge.at, until.get(edge.user) ?? edge.at))
  return until
}

/**
 * See StitchRules. Events next to each other become one stretch as long as they carry the same userId, lie in the same run,
 * and tie the visitor to its user or not: then folding the stretch gives what folding its events gave. The same owner is not
 * enough: between two runs of one user lie events of another one, which may still be there.
 */
export function forget(
  state: VisitorState,
  edges: readonly Edge[],
  events: readonly StoredEvent[],
  sessions: readonly SessionState[],
): PastStretch[] {
  const until = undoneUntil(edges)
  const touches = new Map(
    sessions.flatMap(({ first, touch }) => (touch ? [[JSON.stringify(first), { at: first, value: touch.value }]] : [])),
  )
  const kindOf = ({ first, user }: PastStretch): string => {
    const undone = user === null ? undefined : until.get(user)
    return JSON.stringify([user, runAt(state.runs, first), undone !== undefined && compareStamps(first, undone) <= 0])
  }
  const kept: PastStretch[] = []
  for (const item of inOrder(events, state.past ?? [])) {
    const next = isStretch(item) ? item : stretchOf(item, touches.get(JSON.stringify(stampOf(item))))
    const previous = kept.at(-1)
    if (previous && kindOf(previous) === kindOf(next)) kept[kept.length - 1] = joinStretches(previous, next)
    else kept.push(next)
  }
  return kept
}

function stretchOf(event: StoredEvent, touch: At<Touch> | undefined): PastStretch {
  const at = stampOf(event)
  return { first: at, last: at, user: event.userId ?? null, part: partOf(event), touches: touch ? [touch] : [] }
}

function joinStretches(a: PastStretch, b: PastStretch): PastStretch {
  const touches = [...a.touches, ...b.touches].sort((one, other) => compareStamps(one.at, other.at))
  return {
    first: a.first,
    last: laterStamp(a.last, b.last),
    user: a.user,
    part: joinParts(a.part, b.part),
    touches: touches.length > 2 ? [touches[0] as At<Touch>, touches.at(-1) as At<Touch>] : touches,
  }
}

function runAt(runs: readonly Run[], at: Stamp): Run | undefined {
  return runs.findLast(({ from }) => compareStamps(from, at) <= 0) ?? runs[0]
}
