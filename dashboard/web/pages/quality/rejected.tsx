import Button from '@mui/material/Button'
import Paper from '@mui/material/Paper'
import Typography from '@mui/material/Typography'
import { useInfiniteQuery } from '@tanstack/react-query'
import type { Page, Rejected } from '../../api/types.ts'
import { useApp } from '../../app/context.ts'
import { useProject } from '../../app/use-search.ts'
import { DataTable } from '../../parts/data-table.tsx'
import { QueryState } from '../../parts/query-state.tsx'
import { formatTime } from '../../texts/format.ts'
import { t } from '../../texts/t.ts'

const pageSize = 25

/** Events that were set aside, with why and as they came. */
export function RejectedList() {
  const { api } = useApp()
  const project = useProject().id
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
            <Table rows={pages.flatMap(({ items }) => items)} />
            {rejected.hasNextPage && (
              <Button disabled={rejected.isFetchingNextPage} onClick={() => void rejected.fetchNextPage()}>
                {t('table.more')}
              </Button>
            )}
          </>
        )}
      </QueryState>
    </Paper>
  )
}

function Table({ rows }: { rows: readonly Rejected[] }) {
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
          cell: ({ message, replayedAt }) =>
            replayedAt ? `${message} ${t('quality.replayed', { when: formatTime(replayedAt, 'moment') })}` : message,
        },
        {
          name: t('quality.sample'),
          value: ({ body }) => body,
          cell: ({ body }) => (
            <details>
              <summary>{t('quality.sample')}</summary>
              <pre className="mono">{body}</pre>
            </details>
          ),
        },
      ]}
    />
  )
}
