import { isbot } from 'isbot'
import type { ImportedLine } from './format.ts'

/** What a file holds, by the definitions alone: what the store held before does not matter. */
export interface TallyFigures {
  /** Parsable lines; each is one event. */
  events: number
  pages: number
  /** Different visitors. */
  visitors: number
  /** Of each visitor's events: gaps of at most 30 minutes, at most 24 hours from the first event. */
  sessions: number
  /** Visitors that have an event whose user agent is a bot's. */
  botVisitors: number
}

export interface Tally {
  add(line: ImportedLine): void
  figures(): TallyFigures
}

const idleMs = 30 * 60_000
const maxSessionMs = 24 * 60 * 60_000

/** Counts as lines come, in any order. Keeps 8 bytes an event, for sessions need all of a visitor's times in order. */
export function createTally(): Tally {
  const visitors = new Map<string, { times: number[]; bot: boolean }>()
  const bots = new Map<string, boolean>()
  let events = 0
  let pages = 0
  const isBot = (userAgent: string): boolean => {
    let known = bots.get(userAgent)
    if (known === undefined) {
      known = isbot(userAgent)
      bots.set(userAgent, known)
    }
    return known
  }
  return {
    add({ visitor, time, page, userAgent }) {
      events++
      if (page) pages++
      if (visitor === undefined) return
      let seen = visitors.get(visitor)
      if (!seen) {
        seen = { times: [], bot: false }
        visitors.set(visitor, seen)
      }
      if (time !== undefined && seen.times.at(-1) !== time) seen.times.push(time)
      if (!seen.bot && userAgent !== undefined) seen.bot = isBot(userAgent)
    },
    figures() {
      let sessions = 0
      let botVisitors = 0
      for (const { times, bot } of visitors.values()) {
        sessions += countSessions(times)
        if (bot) botVisitors++
      }
      return { events, pages, visitors: visitors.size, sessions, botVisitors }
    },
  }
}

/** `times` in ms, in any order; they are sorted in place. */
export function countSessions(times: number[]): number {
  times.sort((a, b) => a - b)
  let sessions = 0
  let first = Number.NEGATIVE_INFINITY
  let last = Number.NEGATIVE_INFINITY
  for (const time of times) {
    if (time - last > idleMs || time - first > maxSessionMs) {
      sessions++
      first = time
    }
    last = time
  }
  return sessions
}
