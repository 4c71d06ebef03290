import { Navigate } from '@tanstack/react-router'
import { useFilters, useRange } from '../app/use-search.ts'
import { QueryState } from '../parts/query-state.tsx'
import { t } from '../texts/t.ts'
import { OverviewChart } from './overview/chart.tsx'
import { useNewestEvents, useTotals } from './overview/data.ts'
import { OverviewFigures } from './overview/figures.tsx'
import { OverviewPanels } from './overview/panels.tsx'

/** The most important figures of a range, the chart of one of them, and what they are made of. */
export function Page() {
  const range = useRange()
  const [filters] = useFilters()
  const totals = useTotals(range, filters)
  const before = useTotals(range.compared, filters)
  const newest = useNewestEvents()
  // An answer of before may be from before the first event.
  if (newest.isFetchedAfterMount && newest.data?.items.length === 0)
    return <Navigate to="/start" replace search={((search: object) => search) as never} />
  return (
    <>
      <h1 className="visually-hidden">{t('nav.overview')}</h1>
      <QueryState query={totals}>
        {(data) => <OverviewFigures answer={data} before={before.data} newest={newest.data} />}
      </QueryState>
      <OverviewChart />
      <OverviewPanels />
    </>
  )
}
