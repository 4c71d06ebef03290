import { QueryClient, QueryClientProvider, useQuery } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import { type Api, createApi } from '../api/client.ts'
import { ApiFailure } from '../api/failure.ts'
import type { Page, Project } from '../api/types.ts'
import type { Session } from '../auth/session.ts'
import { pages } from '../pages.ts'
import { QueryState } from '../parts/query-state.tsx'
import { t } from '../texts/t.ts'
import { AppContext } from './context.ts'
import { createAppRouter } from './router.tsx'

const staleMs = 30_000
const maxRetries = 2

const createQueryClient = () =>
  new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: staleMs,
        // What was refused stays refused; what is busy or away may be back.
        retry: (count, error) =>
          count < maxRetries && error instanceof ApiFailure && (error.status === 0 || error.status === 503),
      },
    },
  })

async function loadProjects(api: Api, session: Session): Promise<Project[]> {
  if (session.identity()?.kind === 'account') return (await api.get<{ projects: Project[] }>('/me')).projects
  const { items } = await api.get<Page<Omit<Project, 'role'>>>('/projects')
  return items.map((project) => ({ ...project, role: 'owner' }))
}

const titleOf = (path: string): string => {
  const page = pages.find((each) => each.path === path)
  return page ? t(page.title) : path
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
  const projects = useQuery({ queryKey: ['projects'], queryFn: () => loadProjects(api, session), staleTime: Infinity })
  return (
    <QueryState query={projects} isEmpty={(list) => list.length === 0} empty={t('app.noProject')}>
      {(list) => (
        <AppContext value={{ session, api, projects: list, titleOf }}>
          <RouterProvider router={router} />
        </AppContext>
      )}
    </QueryState>
  )
}
