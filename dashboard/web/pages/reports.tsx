import IconButton from '@mui/material/IconButton'
import Paper from '@mui/material/Paper'
import Typography from '@mui/material/Typography'
import { Link } from '@tanstack/react-router'
import { lazy, Suspense, useState } from 'react'
import type { SavedReport } from '../api/types.ts'
import { useApp } from '../app/context.ts'
import { useCanKeep, useMayChange, useReports } from '../app/use-kept.ts'
import { useProject } from '../app/use-search.ts'
import { Icon } from '../parts/icon.tsx'
import { makerName } from '../parts/people.ts'
import { QueryState } from '../parts/query-state.tsx'
import { useKeptFocus } from '../parts/use-kept-focus.ts'
import { formatAgo } from '../texts/format.ts'
import { tk } from '../texts/kept.ts'
import { t } from '../texts/t.ts'
import { openedSearch } from '../url/reports.ts'
import { Links } from './reports/links.tsx'

const DeleteDialog = lazy(async () => ({ default: (await import('./reports/delete-dialog.tsx')).DeleteDialog }))

/** The reports that this project has saved. */
export function Page() {
  const reports = useReports()
  const canKeep = useCanKeep()
  const { ref, onFocus } = useKeptFocus<HTMLHeadingElement>(reports.data)
  return (
    <>
      <Typography variant="h1" ref={ref} tabIndex={-1}>
        {tk('reports.title')}
      </Typography>
      <Paper onFocus={onFocus}>
        <QueryState query={reports} isEmpty={(list) => list.length === 0} empty={tk('reports.empty')}>
          {(list) => <Reports list={list} />}
        </QueryState>
      </Paper>
      {canKeep && <Links />}
    </>
  )
}

function Reports({ list }: { list: readonly SavedReport[] }) {
  const [leaving, setLeaving] = useState<SavedReport>()
  return (
    <>
      <div className="list-row list-head report-row" aria-hidden="true">
        <span>{tk('reports.name')}</span>
        <span className="wide">{tk('reports.page')}</span>
        <span className="wide">{tk('reports.madeBy')}</span>
        <span className="wide">{tk('reports.changed')}</span>
        <span />
      </div>
      <ul className="plain-list" aria-label={tk('reports.title')}>
        {list.map((report) => (
          <ReportRow key={report.id} report={report} onDelete={() => setLeaving(report)} />
        ))}
      </ul>
      <Suspense fallback={null}>
        {leaving && <DeleteDialog report={leaving} onClose={() => setLeaving(undefined)} />}
      </Suspense>
    </>
  )
}

function ReportRow({ report, onDelete }: { report: SavedReport; onDelete: () => void }) {
  const project = useProject().id
  const mayChange = useMayChange()
  const canKeep = useCanKeep()
  const { titleOf } = useApp()
  return (
    <li className="list-row report-row">
      <span className="report-cell">
        <Link to={report.page} search={openedSearch(report, project) as never}>
          {report.name}
        </Link>
        {report.description && <span className="quiet small">{report.description}</span>}
      </span>
      <span className="quiet wide">{titleOf(report.page)}</span>
      <span className="quiet wide">{makerName(report.madeBy)}</span>
      <span className="quiet wide">{formatAgo(Date.parse(report.changedAt), Date.now())}</span>
      <span className="row-actions">
        {canKeep && (
          <Link
            to={report.page}
            search={{ ...openedSearch(report, project), dialog: 'share' } as never}
            className="icon-link"
            aria-label={`${t('share.button')}: ${report.name}`}
          >
            <Icon name="share" size={18} />
          </Link>
        )}
        {mayChange(report.madeBy) && (
          <IconButton size="small" aria-label={tk('reports.delete', { name: report.name })} onClick={onDelete}>
            <Icon name="remove" size={18} />
          </IconButton>
        )}
      </span>
    </li>
  )
}
