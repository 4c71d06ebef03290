import Paper from '@mui/material/Paper'
import type { Field, OverviewDimension, Series } from '@trailstitch/protocol'
import { useAnalysis } from '../../app/use-analysis.ts'
import { useFilters, useRange, useUrlText } from '../../app/use-search.ts'
import { describeValue } from '../../parts/fields.ts'
import { QueryState } from '../../parts/query-state.tsx'
import { formatNumber, formatShort } from '../../texts/format.ts'
import { t } from '../../texts/t.ts'
import { toggleFilter } from '../../url/filters.ts'
import { pageViews, useCountsEvents, useOverview } from './data.ts'

type Tab = OverviewDimension | 'exit'

const panels: { name: string; tabs: readonly [Tab, ...Tab[]] }[] = [
  { name: 'pages', tabs: ['page', 'entry', 'exit'] },
  { name: 'acquisition', tabs: ['channel', 'referrer', 'campaign'] },
  { name: 'places', tabs: ['country'] },
  { name: 'technology', tabs: ['device', 'browser', 'os'] },
  { name: 'events', tabs: ['event'] },
]

/** What the range is made of. Each row filters the page by it. */
export function OverviewPanels() {
  return (
    <div className="panels">
      {panels.map(({ name, tabs }) => (
        <Panel key={name} name={name} tabs={tabs} />
      ))}
    </div>
  )
}

function Panel({ name, tabs }: { name: string; tabs: readonly [Tab, ...Tab[]] }) {
  const [chosen, setTab] = useUrlText(`panel-${name}`, tabs[0])
  const tab = tabs.find((each) => each === chosen) ?? tabs[0]
  const title = t(`panel.${tab}`)
  return (
    <Paper className="panel" component="section" aria-label={title}>
      <div className="panel-head">
        <h2 className="panel-title">{title}</h2>
        {tabs.length > 1 && (
          <div className="segments">
            {tabs.map((each) => (
              <button type="button" key={each} aria-pressed={each === tab} onClick={() => setTab(each)}>
                {t(`panel.${each}`)}
              </button>
            ))}
          </div>
        )}
      </div>
      <TabRows tab={tab} />
    </Paper>
  )
}

/** Dimensions that count visits; the others count people. */
const ofVisits: readonly Tab[] = ['entry', 'exit', 'channel', 'referrer', 'campaign']

const fieldOf = (tab: Tab): Field => (tab === 'page' ? 'path' : tab)

/** From the rollups where they know it; with filters or rules, and for where visits end, from the events. */
function TabRows({ tab }: { tab: Tab }) {
  const isCounted = useCountsEvents()
  return tab === 'exit' || isCounted ? <AskedRows tab={tab} /> : <RollupRows dimension={tab} />
}

function RollupRows({ dimension }: { dimension: OverviewDimension }) {
  const overview = useOverview(useRange())
  return (
    <QueryState query={overview}>
      {({ by }) => {
        const counts = ofVisits.includes(dimension) ? 'sessions' : 'people'
        const rows = by[dimension].rows
          .map((row) => ({ value: row.value, count: row[counts] ?? row.events }))
          .sort((a, b) => b.count - a.count)
        return <Rows field={fieldOf(dimension)} counts={counts} rows={rows} others={by[dimension].other.values} />
      }}
    </QueryState>
  )
}

function AskedRows({ tab }: { tab: Tab }) {
  const { from, to, timeZone } = useRange()
  const [where] = useFilters()
  const counts = ofVisits.includes(tab) ? 'sessions' : 'people'
  const field = fieldOf(tab)
  const series: Series[] = [{ ...(tab === 'page' && pageViews), measure: counts }]
  const query = useAnalysis<'trend'>({
    type: 'trend',
    from,
    to,
    timeZone,
    where,
    series,
    interval: 'month',
    breakdown: field,
  })
  return (
    <QueryState query={query}>
      {({ rows }) => (
        <Rows
          field={field}
          counts={counts}
          rows={rows
            .flatMap(({ value, total }) => (value ? [{ value, count: total ?? 0 }] : []))
            .sort((a, b) => b.count - a.count)}
          others={rows.find(({ rest }) => rest)?.rest?.values ?? 0}
        />
      )}
    </QueryState>
  )
}

interface RowsProps {
  field: Field
  counts: 'people' | 'sessions'
  rows: { value: string; count: number }[]
  others: number
}

function Rows({ field, counts, rows, others }: RowsProps) {
  const [filters, setFilters] = useFilters()
  if (rows.length === 0) return <div className="state">{t('state.empty')}</div>
  const most = Math.max(...rows.map(({ count }) => count), 1)
  const chosen = new Set(
    filters.flatMap((each) => (each.field === field && each.operator === 'is' ? (each.values ?? []).map(String) : [])),
  )
  return (
    <>
      <div className="rows-head" aria-hidden="true">
        <span />
        <span>{t(`panel.count.${counts}`)}</span>
      </div>
      <ul className="rows">
        {rows.map(({ value, count }) => (
          <li key={value}>
            <button
              type="button"
              className="row"
              aria-pressed={chosen.has(value)}
              title={t('filter.only', { value: describeValue(field, value) })}
              onClick={() => setFilters(toggleFilter(filters, field, value))}
            >
              <span className="row-bar" style={{ width: `${(100 * count) / most}%` }} />
              <span className="row-name">{describeValue(field, value)}</span>
              <span className="number" title={formatNumber(count)}>
                {formatShort(count)}
              </span>
            </button>
          </li>
        ))}
      </ul>
      {others > 0 && (
        <div className="rows-head" style={{ paddingTop: 6 }}>
          {t('table.other', { count: formatNumber(others) })}
        </div>
      )}
    </>
  )
}
