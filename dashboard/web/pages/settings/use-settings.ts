import {
  type UseMutationResult,
  type UseQueryResult,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query'
import { useApp } from '../../app/context.ts'
import { useProject } from '../../app/use-search.ts'

/** Where the API keeps what belongs to the project that is looked at. */
export const useProjectPath = (): string => `/projects/${encodeURIComponent(useProject().id)}`

/** A list or document of the project, such as `/members`. */
export function useSettings<T>(path: string): UseQueryResult<T> {
  const { api } = useApp()
  const base = useProjectPath()
  return useQuery({
    queryKey: ['settings', base, path],
    queryFn: ({ signal }) => api.get<T>(base + path, {}, signal),
    staleTime: 0,
  })
}

/** Changes something, after which nothing that was asked before is sure any more: a rule changes every report. */
export function useChange<Given, Answer = unknown>(
  change: (given: Given) => Promise<Answer>,
): UseMutationResult<Answer, Error, Given> {
  const client = useQueryClient()
  return useMutation({ mutationFn: change, onSuccess: () => client.invalidateQueries() })
}
