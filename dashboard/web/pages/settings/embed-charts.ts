import type { AnalysisQuery, Series } from '@trailstitch/protocol'
import type { SavedReport } from '../../api/types.ts'
import { describeEvent } from '../../parts/fields.ts'
import { t } from '../../texts/settings.ts'
import { readFilters } from '../../url/filters.ts'
import { resolveRange } from '../../url/range.ts'
import { parseSearch, validateSearch } from '../../url/search.ts'
import { daysBetween } from '../../url/zone.ts'
import { describeSeries } from '../events/measures.ts'
import { isEventsQuestion, toTrend, usualQuestion } from '../events/question.ts'
import { isFunnelQuestion, toFunnel, usualFunnel } from '../funnels/question.ts'
import { isQuestion as isRetentionQuestion, toQuery as toRetention, withDefaults } from '../retention/question.ts'

// Charts that a page elsewhere can show: the usual figures, and the saved reports that are one chart.

type WithoutProject<T> = T extends unknown ? Omit<T, 'project'> : never
type Query = WithoutProject<Extract<AnalysisQuery, { type: 'trend' | 'funnel' | 'retention' }>>

export interface EmbedChart {
  key: string
  name: string
  /** Of the element. */
  type: 'trend' | 'figure' | 'funnel' | 'retention'
  /** As the route of embed tokens takes it: with `days`, or with a range. */
  query: object
  /** What its series or steps are called. */
  names?: readonly string[]
}

const pageViews = { measure: 'events', where: [{ field: 'type', operator: 'is', values: ['page', 'screen'] }] } as const
const usual = {
  people: { measure: 'people' },
  sessions: { measure: 'sessions' },
  pages: pageViews,
} as const satisfies Record<string, Series>

/** Beyond this, days are too many to be told apart. */
const maxDaysByDay = 92

/** The usual figures, of the last so many days. */
export function usualCharts(days: number, timeZone: string): EmbedChart[] {
  const interval = days > maxDaysByDay ? 'week' : 'day'
  const trends = (['people', 'sessions', 'pages'] as const).map((name) => ({
    key: name,
    name: t('embed.overTime', { name: t(`figure.${name}`) }),
    type: 'trend' as const,
    query: { type: 'trend', days, interval, timeZone, series: [usual[name]] },
    names: [t(`figure.${name}`)],
  }))
  const number = t('embed.asNumber', { name: t('figure.people') })
  return [...trends, { key: 'number', name: number, type: 'figure', query: { type: 'overview', days, top: 1 } }]
}

function readJson<T>(text: unknown, initial: T, check: (value: unknown) => value is T): T {
  try {
    const parsed: unknown = JSON.parse(String(text))
    return check(parsed) ? parsed : initial
  } catch {
    return initial
  }
}

/**
 * A saved report as a chart; undefined for one that is none. Its range moves on with the days, unless it ends with a day of
 * its own.
 */
export function chartOf(report: SavedReport, timeZone: string, now: number): EmbedChart | undefined {
  const raw = parseSearch(report.search)
  const { tz = timeZone, f = [], ...search } = validateSearch(raw)
  const range = resolveRange(search, tz, now)
  const where = readFilters(f)
  const chart = (type: 'trend' | 'funnel' | 'retention', query: Query | undefined, names?: readonly string[]) => {
    if (!query) return undefined
    const { from: _from, to: _to, ...rest } = query
    const isMoving = range.period !== 'custom' && search.date === undefined
    const moving = isMoving ? { ...rest, days: daysBetween(range.first, range.last) } : query
    return { key: report.id, name: report.name, type, query: moving, ...(names && { names }) }
  }
  switch (report.page) {
    case '/events': {
      const question = readJson(raw.q, usualQuestion, isEventsQuestion)
      return chart('trend', toTrend(question, range, where), question.series.map(describeSeries))
    }
    case '/funnels': {
      const question = readJson(raw.q, usualFunnel, isFunnelQuestion)
      return chart(
        'funnel',
        toFunnel(question, range, where),
        question.steps.map(({ event }) => describeEvent(event)),
      )
    }
    case '/retention': {
      const question = withDefaults(readJson(raw.ask, {}, isRetentionQuestion), range.interval)
      const { from, to } = range
      return chart('retention', { ...toRetention(question), from, to, timeZone: tz, where })
    }
    default:
      return undefined
  }
}

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
const attribute = (text: string): string => text.replace(/[&<>"]/g, (each) => escapes[each] ?? each)

/** HTML that shows the charts, ready to be pasted: each by its place among the token's questions. */
export function snippetOf(origin: string, token: string, charts: readonly EmbedChart[]): string {
  const elements = charts.map(({ name, type, names }, index) => {
    const told = names ? ` names="${attribute(names.map((each) => each.replaceAll('|', '/')).join('|'))}"` : ''
    const asked = `src="${origin}" token="${attribute(token)}" type="${type}" index="${index}"`
    return `<trailstitch-chart ${asked} label="${attribute(name)}"${told}></trailstitch-chart>`
  })
  return [`<script async src="${origin}/embed/v1.js"></script>`, ...elements].join('\n')
}
