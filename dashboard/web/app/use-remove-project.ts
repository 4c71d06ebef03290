import { type UseMutationResult, useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useApp } from './context.ts'
import { useProject } from './use-search.ts'

/** Removes the project that is looked at, given its name, and goes to the first of the others, a real one if there is any. */
export function useRemoveProject(): UseMutationResult<unknown, Error, string> {
  const { api, projects } = useApp()
  const { id } = useProject()
  const client = useQueryClient()
  const navigate = useNavigate()
  const others = projects.filter((project) => project.id !== id)
  const next = others.find(({ isDemo }) => !isDemo) ?? others[0]
  return useMutation({
    mutationFn: (confirm: string) => api.send('DELETE', `/projects/${encodeURIComponent(id)}`, { confirm }),
    onSuccess: async () => {
      // Before the list is asked for anew: without its project this page would show another one's figures.
      if (next) await navigate({ to: '/', search: { project: next.id } as never })
      await client.invalidateQueries()
    },
  })
}
