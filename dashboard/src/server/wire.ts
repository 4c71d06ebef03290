import type {
  ClocksAnswer,
  JourneyItem,
  Person,
  PersonDetail,
  Project,
  RejectedEvent,
  Session,
  StoredEvent,
} from '@trailstitch/protocol'
import type { Static } from 'typebox'
import type { EventTrace } from './event-trace.ts'
import type { Ledger } from './ledger.ts'
import type { CachedOverview } from './query-service.ts'
import type * as shapes from './shapes.ts'

// Answers of the store as they go out. The one place where ms since 1970 become text.

/** The last moment a Date can tell; a time beyond it must not turn an answer into an error. */
const maxTimeMs = 8.64e15

export const toIso = (ms: number): string =>
  new Date(Math.max(-maxTimeMs, Math.min(maxTimeMs, Number.isNaN(ms) ? 0 : ms))).toISOString()

const toIsoOrNull = (ms: number | undefined): string | null => (ms === undefined ? null : toIso(ms))

export function toEvent(event: StoredEvent): Static<typeof shapes.event> {
  const { originalTimestamp, sentAt, timestamp, receivedAt, ...rest } = event
  return {
    ...rest,
    timestamp: toIso(timestamp),
    receivedAt: toIso(receivedAt),
    ...(originalTimestamp === undefined ? {} : { originalTimestamp: toIso(originalTimestamp) }),
    ...(sentAt === undefined ? {} : { sentAt: toIso(sentAt) }),
    anonymousId: event.anonymousId ?? null,
    userId: event.userId ?? null,
    properties: event.properties ?? {},
  }
}

export function toJourneyItem(item: JourneyItem): Static<typeof shapes.journeyItem> {
  return { ...toEvent(item), sessionId: item.sessionId }
}

export function toSession(session: Session): Static<typeof shapes.session> {
  return {
    ...session,
    userId: session.userId ?? null,
    start: toIso(session.start),
    end: toIso(session.end),
    durationMs: session.end - session.start,
    entry: session.entry ?? null,
    exit: session.exit ?? null,
    device: session.device ?? null,
    country: session.country ?? null,
  }
}

export function toPerson(person: Person): Static<typeof shapes.person> {
  return { ...person, firstSeen: toIso(person.firstSeen), lastSeen: toIso(person.lastSeen) }
}

export function toPersonDetail(person: PersonDetail): Static<typeof shapes.personDetail> {
  const links = person.links.map((link) => ({ ...link, timestamp: toIso(link.timestamp) }))
  return { ...person, ...toPerson(person), links }
}

export function toOverview(project: string, answer: CachedOverview): Static<typeof shapes.overview> {
  const { totals } = answer
  const perSession = (value: number | null) =>
    totals.sessions === 0 || value === null ? null : value / totals.sessions
  return {
    ...answer,
    project,
    from: toIso(answer.from),
    to: toIso(answer.to),
    totals: { ...totals, bounceRate: perSession(totals.bounces), averageDurationMs: perSession(totals.durationMs) },
    hours: answer.hours.map((row) => ({ ...row, hour: toIso(row.hour) })),
    meta: { ...answer.meta, computedAt: toIso(answer.meta.computedAt) },
  }
}

export function toLedger(ledger: Ledger, withMinutes: boolean): Static<typeof shapes.ledger> {
  const { minutes, ...rest } = ledger
  return {
    ...rest,
    project: ledger.project ?? null,
    from: toIsoOrNull(ledger.from),
    to: toIsoOrNull(ledger.to),
    holes: ledger.holes.map((hole) => ({ ...hole, since: toIso(hole.since) })),
    computedAt: toIso(ledger.computedAt),
    ...(withMinutes ? { minutes: minutes.map((row) => ({ ...row, minute: toIso(row.minute) })) } : {}),
  }
}

export function toClocks(
  { days }: ClocksAnswer,
  asked: { project: string; from: number; to: number; timeZone: string; computedAt: number },
): Static<typeof shapes.clocks> {
  const { from, to, computedAt } = asked
  return {
    ...{ ...asked, from: toIso(from), to: toIso(to), computedAt: toIso(computedAt) },
    days: days.map((day) => ({ ...day, start: toIso(day.start) })),
  }
}

export function toRejected(event: RejectedEvent): Static<typeof shapes.rejected> {
  return { ...event, receivedAt: toIso(event.receivedAt), replayedAt: toIsoOrNull(event.replayedAt) }
}

/** What everybody who reads reports of a project has to know of it. */
export const reportsOf = ({ timeZone, exclude = [], isDemo = false }: Project) => ({
  isDemo,
  timeZone: timeZone ?? null,
  excludes: exclude.map(({ name }) => name),
})
export function toTrace(messageId: string, trace: EventTrace): Static<typeof shapes.eventTrace> {
  const { stored, takenOn, rememberedSince } = trace
  return {
    messageId,
    state: trace.state,
    event: stored ? toEvent(stored.event) : null,
    sessionId: stored?.sessionId ?? null,
    profileId: stored?.profileId ?? null,
    takenOn: toIsoOrNull(takenOn ?? undefined),
    rememberedSince: toIsoOrNull(rememberedSince ?? undefined),
    rejected: trace.rejected.map(toRejected),
    trail: trace.trail.map(({ what, at }) => ({ what, at: toIso(at) })),
    complete: trace.complete,
  }
}

/** Keys are shown as far as it takes to tell them apart, and short ones not at all. */
export function toProject(project: Project): Static<typeof shapes.project> {
  const writeKeys = project.writeKeys.map(maskKey)
  return { id: project.id, name: project.name, writeKeys, ...reportsOf(project) }
}

export const maskKey = (key: string): string => `${key.length >= 12 ? key.slice(0, 4) : ''}…`
