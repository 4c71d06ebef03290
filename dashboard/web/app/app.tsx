import Button from '@mui/material/Button'
import { QueryClientProvider, useQuery } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import { type Api, createApi } from '../api/client.ts'
import type { Page, Project } from '../api/types.ts'
import type { Session } from '../auth/session.ts'
import { QueryState } from '../parts/query-state.tsx'
import { t } from '../texts/t.ts'
import { AppContext } from './context.ts'
import { createQueryClient } from './query-client.ts'
import { createAppRouter, titleOf } from './router.tsx'

const projectsMs = 60_000

async function loadProjects(api: Api, session: Session): Promise<Project[]> {
  if (session.identity()?.kind === 'account') return (await api.get<{ projects: Project[] }>('/me')).projects
  const { items } = await api.get<Page<Omit<Project, 'role'>>>('/projects')
  return items.map((project) => ({ ...project, role: 'owner' as const }))
}

/** The dashboard of whoever is signed in. */
export function App({ session }: { session: Session }) {
  const [client] = useState(createQueryClient)
  return (
    <QueryClientProvider client={client}>
      <WithProjects session={session} />
    </QueryClientProvider>
  )
}

function WithProjects({ session }: { session: Session }) {
  const [router] = useState(createAppRouter)
  const api = useMemo(() => createApi(session), [session])
  // What others change of a project counts here, too: its rules, its zone, the own role in it.
  const projects = useQuery({
    queryKey: ['projects'],
    queryFn: () => loadProjects(api, session),
    refetchInterval: projectsMs,
  })
  // A server that is away for a while must not take the page away that stands there.
  const standing = { ...projects, error: projects.data ? null : projects.error }
  return (
    <QueryState
      query={standing}
      isEmpty={(list) => list.length === 0}
      empty={
        <>
          {t('app.noProject')}
          <Button variant="outlined" onClick={() => void session.signOut()}>
            {t('app.signOut')}
          </Button>
        </>
      }
    >
      {(list) => (
        <AppContext value={{ session, api, projects: list, titleOf }}>
          <RouterProvider router={router} />
        </AppContext>
      )}
    </QueryState>
  )
}
