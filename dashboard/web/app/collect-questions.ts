import type { AnalysisQuery } from '@trailstitch/protocol'

/** Types whose answers name no people; the server refuses all others, too. */
const shareable: readonly AnalysisQuery['type'][] = ['trend', 'funnel', 'retention', 'paths']

/** The questions that a page has asked, told by the keys of its queries, as links to it may ask them. */
export function questionsOf(keys: readonly (readonly unknown[])[]): object[] {
  return keys.flatMap(([kind, _project, question]): object[] => {
    if (typeof question !== 'object' || question === null) return []
    if (kind === 'overview') return [{ type: 'overview', ...question }]
    const { type } = question as AnalysisQuery
    return kind === 'analysis' && shareable.includes(type) ? [question] : []
  })
}
