import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback } from 'react'
import type { Maker, Note, Page, SavedReport, ShareLink } from '../api/types.ts'
import { useApp } from './context.ts'
import { useProject } from './use-search.ts'

// What members of a project keep: who may, and what there is.

/** Whether this person may save, note and share here. */
export const useCanKeep = (): boolean => useProject().role !== 'viewer'

/** Tells what this person may change: their own, and everything as an admin. */
export function useMayChange(): (madeBy: Maker) => boolean {
  const identity = useApp().session.identity()
  const { role } = useProject()
  return ({ kind, id }) =>
    role === 'admin' ||
    role === 'owner' ||
    (role === 'analyst' && kind === 'account' && identity?.kind === 'account' && identity.user.id === id)
}

/** Where the API keeps a kind of things of the project that is looked at. */
export const useKeptPath = (kind: string): string => `/projects/${encodeURIComponent(useProject().id)}/${kind}`

/** All of a kind. */
export function useKept<Item>(kind: 'reports' | 'annotations' | 'shares') {
  const { api, isShared } = useApp()
  const path = useKeptPath(kind)
  return useQuery({
    enabled: !isShared,
    queryKey: ['kept', path],
    queryFn: async ({ signal }) => (await api.get<Page<Item>>(path, {}, signal)).items,
  })
}

export const useReports = () => useKept<SavedReport>('reports')
export const useShares = () => useKept<ShareLink>('shares')
export const useNotes = () => useKept<Note>('annotations')

/** Makes every list of what is kept look again. */
export function useKeptChanged(): () => Promise<void> {
  const client = useQueryClient()
  return useCallback(() => client.invalidateQueries({ queryKey: ['kept'] }), [client])
}
