import { QueryClientProvider } from '@tanstack/react-query'
import { Outlet, RouterProvider } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import type { Api } from '../api/client.ts'
import { AppContext } from '../app/context.ts'
import { createQueryClient } from '../app/query-client.ts'
import { formatRange, RangeBar } from '../app/range-bar.tsx'
import { titleOf } from '../app/router.tsx'
import { useFilters, useRange } from '../app/use-search.ts'
import { createSession } from '../auth/session.ts'
import { describeCondition } from '../parts/fields.ts'
import { tk } from '../texts/kept.ts'
import { parseSearch, validateSearch } from '../url/search.ts'
import { createSharedRouter } from './shared-router.ts'
import type { SharedReport } from './visit.ts'

/** Nobody is signed in, and nobody can be: what is kept nowhere is never read. */
const nobody = createSession({
  now: Date.now,
  storage: { getItem: () => null, setItem: () => {}, removeItem: () => {} },
  takeHashToken: () => undefined,
})

/** The page of a report, with the visitor's API in place of that of members. */
export function SharedApp({ report, api }: { report: SharedReport; api: Api }) {
  const [client] = useState(createQueryClient)
  const [router] = useState(() => createSharedRouter(report, () => <SharedFrame report={report} />))
  useEffect(() => {
    document.title = `${report.name} – Trailstitch`
  }, [report.name])
  const excludes = rulesOf(report)
  const projects = [
    { id: 'shared', name: report.project, role: 'viewer' as const, timeZone: null, excludes, isDemo: false },
  ]
  return (
    <QueryClientProvider client={client}>
      <AppContext value={{ session: nobody, api, projects, titleOf, isShared: true }}>
        <RouterProvider router={router} />
      </AppContext>
    </QueryClientProvider>
  )
}

/** What leaves events out, as far as a visitor is told. An overview that was counted from events goes on to be. */
function rulesOf({ page, search, sums, rules }: SharedReport): string[] {
  if (sums) return []
  if (rules) return [tk('shared.rules')]
  const isFiltered = (validateSearch(parseSearch(search)).f ?? []).length > 0
  return page === '/' && !isFiltered ? [tk('shared.rulesGone')] : []
}

function SharedFrame({ report }: { report: SharedReport }) {
  const range = useRange()
  const [filters] = useFilters()
  const facts = [
    ...(report.range === 'fixed' ? [`${formatRange(range)}, ${range.timeZone}`] : []),
    ...filters.map(describeCondition),
  ]
  return (
    <main className="main">
      <div className="content">
        <header className="shared-head">
          <img src={new URL('../icon.svg', import.meta.url).href} alt="" width="26" height="26" />
          <div>
            <strong className="shared-name">{report.name}</strong>
            <div className="quiet small">{tk('shared.by', { project: report.project })}</div>
          </div>
          <span className="quiet shared-facts">{facts.join(' · ')}</span>
        </header>
        {report.description && <p className="quiet lead">{report.description}</p>}
        {report.range === 'movable' && <RangeBar />}
        <Outlet />
      </div>
    </main>
  )
}
