import { type OpenQuery, readOpenQuery } from './scope.ts'

// Questions of embedded charts. Their range may move on with the days, as charts on other pages should.

/** A question with its range, or with how many days it looks back. */
export interface EmbedQuery {
  query: OpenQuery
  /** The last so many days, today included, in the question's time zone. Undefined: the range of the question. */
  days?: number
}

const dayMs = 86_400_000
const maxDays = 3_660

/** The date in a zone, as ms of UTC. */
function dateOf(at: number, timeZone: string): number {
  const parts = new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' })
  return Date.parse(parts.format(at))
}

/** When a date of a zone begins. Where midnight is skipped: an hour or so off, which belongs to no day then. */
function startOf(date: number, timeZone: string): number {
  const offsetAt = (at: number): number => {
    const name = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' })
      .formatToParts(at)
      .find(({ type }) => type === 'timeZoneName')?.value
    const [, sign = '+', hours = 0, minutes = 0] = /([+-])(\d\d):(\d\d)/.exec(name ?? '') ?? []
    return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000
  }
  const near = date - offsetAt(date)
  return date - offsetAt(near)
}

const spanOf = (days: number, timeZone: string, now: number) => {
  const today = dateOf(now, timeZone)
  return { from: startOf(today - (days - 1) * dayMs, timeZone), to: startOf(today + dayMs, timeZone) }
}

const zoneOf = (query: object): string => (query as { timeZone?: string }).timeZone ?? 'UTC'

/** Throws `invalid_query`. */
export function readEmbedQuery(given: object, project: string, now: number): EmbedQuery {
  const { days, ...question } = given as { days?: unknown }
  const isRolling = typeof days === 'number' && Number.isInteger(days) && days >= 1 && days <= maxDays
  if (days === undefined || !isRolling) return { query: readOpenQuery(given, project) }
  const anyRange = { ...question, from: now - dayMs, to: now }
  const query = readOpenQuery(anyRange, project)
  return { query: { ...query, ...spanOf(days, zoneOf(query), now) }, days }
}

/** The question as it is now. */
export const currentQuery = ({ query, days }: EmbedQuery, now: number): OpenQuery =>
  days === undefined ? query : { ...query, ...spanOf(days, zoneOf(query), now) }
