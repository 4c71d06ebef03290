import type { TrendQuery } from '@trailstitch/protocol'
import { isShareable } from '../url/reports.ts'

/** The questions that a page has asked, told by the keys of its queries, as links to it may ask them. */
export function questionsOf(keys: readonly (readonly unknown[])[]): object[] {
  const found = keys.flatMap(([kind, _project, question]): object[] => {
    if (typeof question !== 'object' || question === null) return []
    if (kind === 'overview') return [{ type: 'overview', ...question }]
    return kind === 'analysis' && isShareable(question) ? [question] : []
  })
  return found.map((question) => toOpenComparison(question, found))
}

/**
 * A breakdown of the time before is asked about the values of the answer, which change with the time and with what is
 * sent: in a link it is about its own most frequent ones.
 */
function toOpenComparison(question: object, all: readonly object[]): object {
  const { breakdown, where = [], from, to } = question as TrendQuery
  const last = where.at(-1)
  if (breakdown === undefined || last?.field !== breakdown || last.operator !== 'is') return question
  const rest = JSON.stringify(where.slice(0, -1))
  const compared = (all as TrendQuery[]).find(
    (each) => each.breakdown === breakdown && JSON.stringify(each.where ?? []) === rest,
  )
  return compared ? { ...compared, from, to } : question
}
