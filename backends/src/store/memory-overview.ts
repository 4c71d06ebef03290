import {
  type Breakdown,
  type OverviewAnswer,
  type OverviewDimension,
  type OverviewQuery,
  overviewDimensions,
} from '@trailstitch/protocol'
import { isEdgeEvent } from './edges.ts'
import {
  cutBreakdown,
  eventDimensions,
  hourOf,
  isBounce,
  isPage,
  noFigures,
  sessionDimensions,
  sessionDimensionsOf,
} from './figures.ts'
import type { World } from './memory-world.ts'
import { countsHours, overviewRange } from './overview.ts'

export function overview(query: OverviewQuery, world: World, now: number): OverviewAnswer {
  const { from, to } = overviewRange(query)
  const inRange = (timestamp: number): boolean => timestamp >= from && timestamp < to
  const all = [...world.events, ...world.gone.events].filter(
    ({ event }) => event.project === query.project && inRange(event.timestamp) && !isEdgeEvent(event),
  )
  const events = all.filter(({ event }) => query.bots || event.bot === undefined)
  const sessions = [...world.sessions, ...world.gone.sessions].filter(
    ({ project, state }) => project === query.project && inRange(state.first[0]) && (query.bots || !state.bot),
  )
  const figures = (inside: (timestamp: number) => boolean) => {
    const sum = noFigures()
    const people = new Set<string | undefined>()
    for (const { event, profileId } of events.filter(({ event }) => inside(event.timestamp))) {
      sum.events++
      if (isPage(event)) sum.pages++
      if (profileId !== undefined) people.add(profileId)
    }
    for (const { state } of sessions.filter(({ state }) => inside(state.first[0]))) {
      sum.sessions++
      if (isBounce(state)) sum.bounces++
      sum.durationMs += state.last[0] - state.first[0]
    }
    return { ...sum, people: people.size }
  }
  const hours = [
    ...new Set([
      ...events.map(({ event }) => hourOf(event.timestamp)),
      ...sessions.map(({ state }) => hourOf(state.first[0])),
    ]),
  ]
  const by = Object.fromEntries(
    overviewDimensions.map((dimension) => [dimension, breakdown(dimension, events, sessions, query.top ?? 10)]),
  )
  return {
    from,
    to,
    totals: figures(() => true),
    hours: hours
      .sort((a, b) => a - b)
      .map((hour) => ({ hour, ...figures((timestamp) => hourOf(timestamp) === hour) }))
      .map((row) => (countsHours({ from, to }) ? row : { ...row, people: null })),
    by: by as OverviewAnswer['by'],
    botEvents: all.filter(({ event }) => event.bot !== undefined).length,
    meta: { computedAt: now, exact: true, rowsScanned: all.length, timeZone: 'UTC' },
  }
}

function breakdown(
  dimension: OverviewDimension,
  events: World['events'],
  sessions: World['sessions'],
  top: number,
): Breakdown {
  const rows = new Map<string, { events: number; pages: number; sessions: number; people: Set<string> }>()
  const at = (value: string) => {
    let row = rows.get(value)
    if (!row) {
      row = { events: 0, pages: 0, sessions: 0, people: new Set() }
      rows.set(value, row)
    }
    return row
  }
  const bySession = sessionDimensions.has(dimension)
  if (bySession) {
    for (const { state } of sessions) {
      for (const [, value] of sessionDimensionsOf(state).filter(([name]) => name === dimension)) {
        const row = at(value)
        row.sessions++
        row.events += state.events
        row.pages += state.pages
      }
    }
  } else {
    for (const { event, profileId } of events) {
      for (const [, value] of eventDimensions(event).filter(([name]) => name === dimension)) {
        const row = at(value)
        row.events++
        if (isPage(event)) row.pages++
        if (profileId !== undefined) row.people.add(profileId)
      }
    }
  }
  return cutBreakdown(
    [...rows].map(([value, row]) => ({
      value,
      events: row.events,
      pages: row.pages,
      ...(bySession ? { sessions: row.sessions } : { people: row.people.size }),
    })),
    top,
  )
}
