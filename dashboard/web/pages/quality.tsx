import Paper from '@mui/material/Paper'
import Typography from '@mui/material/Typography'
import { useQuery } from '@tanstack/react-query'
import type { Ledger } from '../api/types.ts'
import { useApp } from '../app/context.ts'
import { useProject } from '../app/use-search.ts'
import { DataTable } from '../parts/data-table.tsx'
import { Icon } from '../parts/icon.tsx'
import { QueryState } from '../parts/query-state.tsx'
import { formatDuration, formatNumber, formatShare, formatTime } from '../texts/format.ts'
import { ClocksPanel } from './quality/clocks.tsx'
import { FindEvent } from './quality/find-event.tsx'
import { RejectedList } from './quality/rejected.tsx'
import { t } from './quality/texts.ts'

const refreshMs = 10_000

/** Whether every event that came in is accounted for, and those that were not taken. */
export function Page() {
  const { api } = useApp()
  const project = useProject()
  const ledger = useQuery({
    queryKey: ['ledger', project.id],
    queryFn: ({ signal }) => api.get<Ledger>('/ledger', { project: project.id }, signal),
    refetchInterval: refreshMs,
  })
  return (
    <>
      <div className="page-head">
        <Typography variant="h1">{t('quality.title')}</Typography>
      </div>
      <QueryState query={ledger}>
        {(books) => (
          <div className="content">
            <Verdict books={books} />
            <div className="panels">
              <Accounts books={books} project={project.name} />
              <Pipeline books={books} />
            </div>
          </div>
        )}
      </QueryState>
      <ClocksPanel />
      <FindEvent />
      <RejectedList />
    </>
  )
}

function Verdict({ books }: { books: Ledger }) {
  const isGood = books.balanced
  return (
    <Paper className="panel verdict" role={isGood ? 'status' : 'alert'}>
      <span className={isGood ? 'good' : 'bad'}>
        <Icon name={isGood ? 'check' : 'warning'} size={26} />
      </span>
      <div>
        <strong>{t(isGood ? 'quality.balanced' : 'quality.unbalanced')}</strong>
        <div className="quiet">{t(isGood ? 'quality.balancedText' : 'quality.unbalancedText')}</div>
      </div>
    </Paper>
  )
}

const accounts = ['stored', 'duplicate', 'rejected', 'dead', 'inFlight'] as const

function Accounts({ books, project }: { books: Ledger; project: string }) {
  const sum = accounts.reduce((total, name) => total + books[name], 0)
  const rows = [
    ...accounts.map((name) => ({ name: t(`quality.${name}`), count: books[name] })),
    { name: t('quality.sum'), count: sum },
    { name: t('quality.received'), count: books.received },
  ]
  const share = (count: number) => (books.received === 0 ? null : count / books.received)
  return (
    <Paper className="panel" component="section">
      <Typography variant="h2">{t('quality.ledger')}</Typography>
      <p className="quiet small">{t('quality.scope', { project, time: formatTime(books.computedAt, 'moment') })}</p>
      <DataTable
        name={t('quality.ledger')}
        rows={rows}
        rowKey={({ name }) => name}
        columns={[
          { name: t('quality.account'), value: ({ name }) => name },
          {
            name: t('quality.eventsColumn'),
            isNumber: true,
            value: ({ count }) => count,
            cell: ({ count }) => formatNumber(count),
          },
          {
            name: t('quality.share'),
            isNumber: true,
            value: ({ count }) => share(count),
            cell: ({ count }) => (share(count) === null ? '–' : formatShare(share(count) ?? 0)),
          },
        ]}
      />
    </Paper>
  )
}

/** Hosted queues do not tell how old their messages are. */
function describeLag(waiting: number, oldestAgeMs: number | null): string {
  if (waiting === 0) return t('quality.lagNone')
  const count = formatNumber(waiting)
  if (oldestAgeMs === null) return t('quality.lagUnknown', { waiting: count })
  return t('quality.lagValue', { waiting: count, age: formatDuration(oldestAgeMs) })
}

/** What is on its way, and what will never come. */
function Pipeline({ books }: { books: Ledger }) {
  const { waiting, leased, oldestAgeMs } = books.queue
  const lag = describeLag(waiting, oldestAgeMs)
  return (
    <Paper className="panel" component="section">
      <Typography variant="h2">{t('quality.inFlight')}</Typography>
      <dl className="facts">
        <dt>{t('quality.lag')}</dt>
        <dd>{lag}</dd>
        <dt>{t('quality.leased')}</dt>
        <dd>{formatNumber(leased)}</dd>
      </dl>
      {!books.complete && <p className="quiet">{t('quality.incomplete')}</p>}
      {books.deadUndecodable > 0 && <p className="bad">{t('quality.undecodable', { count: books.deadUndecodable })}</p>}
      <Typography variant="h2" sx={{ mt: 3 }}>
        {t('quality.holes')}
      </Typography>
      {books.holes.length === 0 ? (
        <p className="quiet">{t('quality.noHoles')}</p>
      ) : (
        <DataTable
          name={t('quality.holes')}
          rows={books.holes}
          rowKey={({ collector, fromSeq }) => `${collector} ${fromSeq}`}
          columns={[
            { name: t('quality.collector'), value: ({ collector }) => collector },
            { name: t('quality.chunks'), value: ({ fromSeq, toSeq }) => `${fromSeq} – ${toSeq}` },
            { name: t('quality.since'), value: ({ since }) => since, cell: ({ since }) => formatTime(since, 'moment') },
          ]}
        />
      )}
    </Paper>
  )
}
