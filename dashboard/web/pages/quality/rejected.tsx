import Button from '@mui/material/Button'
import Paper from '@mui/material/Paper'
import Typography from '@mui/material/Typography'
import { useInfiniteQuery } from '@tanstack/react-query'
import { lazy, Suspense, useState } from 'react'
import type { Page, Rejected } from '../../api/types.ts'
import { useApp } from '../../app/context.ts'
import { useProject, useUrlText } from '../../app/use-search.ts'
import { type Column, DataTable } from '../../parts/data-table.tsx'
import { QueryState } from '../../parts/query-state.tsx'
import { formatTime } from '../../texts/format.ts'
import { t } from './texts.ts'

const FixDialog = lazy(async () => ({ default: (await import('./fix-dialog.tsx')).FixDialog }))
const FixAllDialog = lazy(async () => ({ default: (await import('./fix-all-dialog.tsx')).FixAllDialog }))

const pageSize = 25

/** Events that were set aside, with why and as they came. */
export function RejectedList() {
  const { api } = useApp()
  const { id: project, role } = useProject()
  const canFix = role === 'owner' || role === 'admin'
  const [fixed, setFixed] = useUrlText('fix')
  const [code, setCode] = useUrlText('fixAll')
  const rejected = useInfiniteQuery({
    queryKey: ['rejected', project],
    queryFn: ({ pageParam, signal }) =>
      api.get<Page<Rejected>>('/rejected', { project, limit: pageSize, cursor: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
  })
  return (
    <Paper className="panel" component="section">
      <Typography variant="h2">{t('quality.rejectedList')}</Typography>
      <QueryState
        query={rejected}
        isEmpty={({ pages }) => pages[0]?.items.length === 0}
        empty={t('quality.noRejected')}
      >
        {({ pages }) => (
          <>
            <Table rows={pages.flatMap(({ items }) => items)} onFix={canFix ? setFixed : undefined} />
            {rejected.hasNextPage && (
              <Button disabled={rejected.isFetchingNextPage} onClick={() => void rejected.fetchNextPage()}>
                {t('table.more')}
              </Button>
            )}
            {canFix && <ByCode codes={codesOf(pages)} onChoose={setCode} />}
          </>
        )}
      </QueryState>
      <Suspense fallback={null}>
        {canFix && fixed !== '' && <FixDialog id={fixed} onClose={() => setFixed('')} />}
        {canFix && code !== '' && <FixAllDialog code={code} onClose={() => setCode('')} />}
      </Suspense>
    </Paper>
  )
}

const codesOf = (pages: readonly Page<Rejected>[]): string[] => [
  ...new Set(pages.flatMap(({ items }) => items.filter(({ replayedAt }) => !replayedAt).map(({ code }) => code))),
]

/** Which reason all events of are to be sent again. */
function ByCode({ codes, onChoose }: { codes: readonly string[]; onChoose: (code: string) => void }) {
  const [chosen, setChosen] = useState<string>()
  const code = codes.find((each) => each === chosen) ?? codes[0]
  if (code === undefined) return null
  return (
    <div className="bar" style={{ marginTop: 12 }}>
      <select
        className="select"
        aria-label={t('quality.code')}
        value={code}
        onChange={(event) => setChosen(event.target.value)}
      >
        {codes.map((each) => (
          <option key={each}>{each}</option>
        ))}
      </select>
      <Button variant="outlined" onClick={() => onChoose(code)}>
        {t('fixAll.open')}
      </Button>
    </div>
  )
}

/** `onFix` is missing for those who may only look. */
function Table({ rows, onFix }: { rows: readonly Rejected[]; onFix: ((id: string) => void) | undefined }) {
  return (
    <DataTable
      name={t('quality.rejectedList')}
      rows={rows}
      rowKey={({ id }) => id}
      columns={[
        {
          name: t('quality.when'),
          value: ({ receivedAt }) => receivedAt,
          cell: ({ receivedAt }) => <span className="nowrap">{formatTime(receivedAt, 'moment')}</span>,
        },
        {
          name: t('quality.code'),
          value: ({ code }) => code,
          cell: ({ code }) => <span className="mono nowrap">{code}</span>,
        },
        {
          name: t('quality.why'),
          value: ({ message }) => message,
          cell: ({ message }) => <div style={{ minWidth: 240 }}>{message}</div>,
        },
        {
          name: t('quality.sample'),
          value: ({ body }) => body,
          cell: ({ body }) => (
            <details>
              <summary>{t('quality.show')}</summary>
              <pre className="mono">{body}</pre>
            </details>
          ),
        },
        againColumn(onFix),
      ]}
    />
  )
}

/** When it was sent again, and the way to do so. */
const againColumn = (onFix: ((id: string) => void) | undefined): Column<Rejected> => ({
  name: t('quality.replayed'),
  value: ({ replayedAt }) => replayedAt ?? '',
  cell: ({ id, code, receivedAt, replayedAt }) => (
    <span className="bar nowrap" style={{ flexWrap: 'nowrap' }}>
      {replayedAt !== null && formatTime(replayedAt, 'moment')}
      {onFix && (
        <Button
          aria-label={t('fix.openLabel', { code, when: formatTime(receivedAt, 'moment') })}
          onClick={() => onFix(id)}
        >
          {t('fix.open')}
        </Button>
      )}
    </span>
  ),
})
