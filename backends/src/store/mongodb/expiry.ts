import type { StoredEvent } from '@trailstitch/protocol'
import { isEdgeEvent } from '../edges.ts'
import { cutoffOf } from '../expiry.ts'
import type { Retention } from '../port.ts'
import type { EventPlace, Events } from './events.ts'
import { forgetVisitors } from './forgetting.ts'
import { entityId, receiptOf } from './keys.ts'
import type { Lane, Lanes } from './lanes.ts'
import { openRound } from './round.ts'
import type { Tables, TimelineDoc } from './tables.ts'
import { insist } from './writing.ts'

interface Parts {
  tables: Tables
  events: Events
  lanes: Lanes
  now(): number
}

/** Events looked at, and rejected events deleted, of each project in one call. */
const pageEvents = 500
/** Events of visitors let go of in one call, or a few more: visitors have events on many pages beyond this one. */
const maxForgotten = 2_000

/**
 * Lets go of what is past its time, a page of each project's events a call, from the earliest round on. It is a round of
 * the project's lane like any other: so nothing of it gets lost beside stitching, and a kill in between is made good.
 * True when there is more to do.
 */
export function createExpiry(parts: Parts): (retention: Retention) => Promise<boolean> {
  /** Where the next page of a project begins. What is old but has to stay is passed over until the next time round. */
  const places = new Map<string, readonly [round: number, key: string]>()

  const letGo = async (project: string, cutoff: number, rules: Retention['rules']): Promise<boolean> => {
    const page = await readPage(parts.tables, project, places.get(project) ?? [0, ''])
    const last = page.at(-1)
    if (!last || page.every(({ _id }) => receiptOf(_id) >= cutoff)) {
      places.delete(project)
      // A round that a killed worker left half written would wait for the next event else.
      const lane = await parts.lanes.takeOf(project)
      if (lane) await parts.lanes.release(lane)
      return false
    }
    const old = page.filter(({ _id, t }) => t < cutoff && receiptOf(_id) < cutoff)
    if (old.length > 0) {
      const lane = await parts.lanes.takeOf(project)
      if (!lane) return true // another worker is at it; the same page next time
      try {
        if (!(await letGoOf(parts, { lane, old, cutoff, rules }))) return true // what is left of the page next time
      } finally {
        await parts.lanes.release(lane)
      }
    }
    places.set(project, [last.o as number, last._id])
    return true
  }

  return async ({ days, rules }) => {
    let more = false
    for (const [project, kept] of days) {
      const cutoff = cutoffOf(kept, parts.now())
      const left = [await letGo(project, cutoff, rules), await letGoRejected(parts.tables, project, cutoff)]
      more ||= left.includes(true)
    }
    return more
  }
}

/** For how many days the project that keeps its events longest keeps them; undefined when one keeps them for ever. */
export async function longestKept({ lanes }: Tables, { days }: Retention): Promise<number | undefined> {
  const all = (await lanes.find().toArray()).filter(({ gone }) => gone === undefined)
  const projects = all.map(({ _id }) => days.get(_id))
  const kept = projects.filter((own) => own !== undefined)
  return kept.length > 0 && kept.length === projects.length ? Math.max(...kept) : undefined
}

/** Places of folded events, in the order of folding, which is about that of receipt. */
const readPage = (
  { timeline }: Tables,
  project: string,
  [round, key]: readonly [number, string],
): Promise<TimelineDoc[]> =>
  timeline
    .find({ p: project, $or: [{ o: round, _id: { $gt: key } }, { o: { $gt: round } }] })
    .sort({ o: 1, _id: 1 })
    .limit(pageEvents)
    .toArray()

const placeOf = ({ _id, p, t }: TimelineDoc): EventPlace => ({ key: _id, project: p, timestamp: t })

/**
 * Decides and writes a round that lets go of these and of the other events of sessions that end with them. False: not of
 * all, or somebody else was faster.
 */
async function letGoOf(
  { tables, events, lanes }: Parts,
  { lane, old, cutoff, rules }: { lane: Lane; old: readonly TimelineDoc[]; cutoff: number; rules: Retention['rules'] },
): Promise<boolean> {
  const bodies = await events.read(old.map(placeOf))
  const inSession = (event: StoredEvent | undefined): event is StoredEvent & { anonymousId: string } =>
    event?.anonymousId !== undefined && !isEdgeEvent(event)
  const visitors = new Set<string>()
  const gone: EventPlace[] = []
  for (const doc of old) {
    const event = bodies.get(doc._id)
    if (inSession(event)) visitors.add(entityId(lane.project, 'visitor', event.anonymousId))
    else gone.push(placeOf(doc))
  }
  const round = openRound(tables, events, lane)
  const forgotten = await forgetVisitors(round, [...visitors], { cutoff, rules, maxEvents: maxForgotten })
  gone.push(...forgotten)
  if (gone.length === 0) return true
  const isOurs = await lanes.commit(lane, { events: [], numbers: lane.numbers, puts: round.puts(), gone })
  return isOurs && forgotten.length < maxForgotten
}

async function letGoRejected({ rejected }: Tables, project: string, cutoff: number): Promise<boolean> {
  const docs = await rejected
    .find({ p: project, at: { $lt: cutoff } })
    .project<{ _id: string }>({ _id: 1 })
    .limit(pageEvents)
    .toArray()
  if (docs.length > 0) await insist(() => rejected.deleteMany({ p: project, _id: { $in: docs.map(({ _id }) => _id) } }))
  return docs.length === pageEvents
}
