import { keepPreviousData, type UseQueryResult, useQuery } from '@tanstack/react-query'
import type { AnalysisAnswers, AnalysisQuery } from '@trailstitch/protocol'
import { useApp } from './context.ts'
import { useProject } from './use-search.ts'

type WithoutProject<T> = T extends unknown ? Omit<T, 'project'> : never

/**
 * The answer to a question about what people did, of the project that is looked at. While another one is on its way the
 * last answer stays, with `isPlaceholderData`. Undefined asks nothing.
 */
export function useAnalysis<Type extends AnalysisQuery['type']>(
  query: WithoutProject<Extract<AnalysisQuery, { type: Type }>> | undefined,
): UseQueryResult<AnalysisAnswers[Type]> {
  const { api } = useApp()
  const project = useProject().id
  return useQuery({
    queryKey: ['analysis', project, query],
    queryFn: ({ signal }) => api.send<AnalysisAnswers[Type]>('POST', '/query', { ...query, project }, signal),
    enabled: query !== undefined,
    placeholderData: keepPreviousData,
  })
}
