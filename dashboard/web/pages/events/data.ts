import type { AnswerMeta, TrendAnswer } from '@trailstitch/protocol'
import { useMemo } from 'react'
import { useApp } from '../../app/context.ts'
import { useAnalysis, useSettled } from '../../app/use-analysis.ts'
import { useFilters, useRange } from '../../app/use-search.ts'
import type { QueryStanding } from '../../parts/query-state.tsx'
import { maxFilters } from '../../url/filters.ts'
import type { DateSpan, Range } from '../../url/range.ts'
import { type Line, toLines, valuesOf } from './lines.ts'
import { type EventsQuestion, toTrend } from './question.ts'

/** What shows: an answer, and the question and range that it is of. */
export interface Shown {
  question: EventsQuestion
  range: Range
  starts: readonly number[]
  lines: Line[]
  /** Whether the time before is there to compare with. */
  isCompared: boolean
  meta: AnswerMeta
}

type Trend = NonNullable<ReturnType<typeof toTrend>>

/** The lines of a question in the range of the address, and of the time it is compared with. */
export function useLines(question: EventsQuestion): QueryStanding<Shown> & { isAsked: boolean } {
  const { isShared } = useApp()
  const range = useRange()
  const [where] = useFilters()
  const asked = useMemo(() => ({ question, range, trend: toTrend(question, range, where) }), [question, range, where])
  const now = useAnalysis<'trend'>(asked.trend)
  const isSettled = now.data !== undefined && !now.isPlaceholderData
  const before = useAnalysis<'trend'>(
    asked.trend && range.compared && isSettled
      ? toCompared(asked.trend, range.compared, isShared ? undefined : now.data)
      : undefined,
  )
  // A link may be older than what is compared in it by now: then it goes without.
  const isRefused = isShared === true && before.error !== null
  const settled = useSettled(asked, now)
  const beforeData = isSettled && range.compared && !before.isPlaceholderData ? before.data : undefined
  const data = useMemo(() => {
    if (!settled) return undefined
    const { asked: of, data: answer } = settled
    return {
      question: of.question,
      range: of.range,
      starts: answer.starts,
      lines: toLines(of.question, answer, beforeData),
      isCompared: of.range.compared !== undefined && !isRefused,
      meta: answer.meta,
    }
  }, [settled, beforeData, isRefused])
  return {
    data,
    // What cannot be compared is not shown as if there were nothing before.
    error: now.error ?? (isRefused ? null : before.error),
    isPlaceholderData: now.isPlaceholderData,
    refetch: () => Promise.all([now, before].map((each) => each.error && each.refetch())),
    isAsked: asked.trend !== undefined,
  }
}

/**
 * The same question about another time. With a breakdown it is about the values of the answer, whatever was frequent then;
 * without an answer, as a link's questions stay the same, it is about those that were.
 */
function toCompared(trend: Trend, { from, to }: DateSpan, answer: TrendAnswer | undefined): Trend | undefined {
  const { breakdown, where = [] } = trend
  if (breakdown === undefined || answer === undefined) return { ...trend, from, to }
  const values = valuesOf(answer)
  if (values.length === 0 || where.length >= maxFilters) return undefined
  return { ...trend, from, to, top: values.length, where: [...where, { field: breakdown, operator: 'is', values }] }
}
