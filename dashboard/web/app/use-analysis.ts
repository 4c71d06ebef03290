import { keepPreviousData, type UseQueryResult, useQuery } from '@tanstack/react-query'
import type { AnalysisAnswers, AnalysisQuery } from '@trailstitch/protocol'
import { useState } from 'react'
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

/**
 * The newest answer that is there, and what it was asked for: while the next one is on its way, what shows goes together.
 * `asked` has to be the same object as long as the question is the same.
 */
export function useSettled<Asked, Data>(
  asked: Asked,
  { data, isPlaceholderData }: Pick<UseQueryResult<Data>, 'data' | 'isPlaceholderData'>,
): { asked: Asked; data: Data } | undefined {
  const [settled, setSettled] = useState<{ asked: Asked; data: Data }>()
  if (data === undefined || isPlaceholderData || (settled?.data === data && settled.asked === asked)) return settled
  const next = { asked, data }
  setSettled(next)
  return next
}
