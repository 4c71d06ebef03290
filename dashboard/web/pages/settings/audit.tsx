import Button from '@mui/material/Button'
import Paper from '@mui/material/Paper'
import Typography from '@mui/material/Typography'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useDeferredValue } from 'react'
import type { Api } from '../../api/client.ts'
import type { Page } from '../../api/types.ts'
import { useApp } from '../../app/context.ts'
import { useUrlText } from '../../app/use-search.ts'
import { FormFailure } from '../../auth/form-failure.tsx'
import { type Column, DataTable } from '../../parts/data-table.tsx'
import { saveFile, toCsv } from '../../parts/download.ts'
import { Icon } from '../../parts/icon.tsx'
import { QueryState } from '../../parts/query-state.tsx'
import { formatTime } from '../../texts/format.ts'
import { settingsTexts, t } from '../../texts/settings.ts'
import { useChange, useProjectPath } from './use-settings.ts'

interface Entry {
  id: string
  at: string
  who: { kind: string; id?: string; name?: string }
  action: string
  object: string
  detail?: string
  address: string
}

const pageSize = 100
const filePageSize = 1_000
/** Entries of a file. */
const maxFileEntries = 50_000
const kinds = ['', 'changes', 'reads', 'sign-ins'] as const

interface Filter {
  kind: string | undefined
  search: string | undefined
}

const ask = (api: Api, path: string, filter: Filter, limit: number, cursor?: string, signal?: AbortSignal) =>
  api.get<Page<Entry>>(path, { ...filter, limit, cursor }, signal)

/** Who changed what, and who read people's data. */
export function AuditTab() {
  const { api } = useApp()
  const path = `${useProjectPath()}/audit`
  const [kind, setKind] = useUrlText('kind')
  const [search, setSearch] = useUrlText('q')
  const deferred = useDeferredValue(search.trim())
  const filter = { kind: kinds.find((each) => each !== '' && each === kind), search: deferred || undefined }
  const entries = useInfiniteQuery({
    queryKey: ['audit', path, filter],
    queryFn: ({ pageParam, signal }) => ask(api, path, filter, pageSize, pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
  })
  return (
    <Paper className="panel" component="section">
      <div className="panel-head">
        <Typography variant="h2">{t('settings.tab.audit')}</Typography>
        <select
          className="select"
          aria-label={t('audit.kind')}
          value={filter.kind ?? ''}
          onChange={({ target }) => setKind(target.value)}
        >
          {kinds.map((each) => (
            <option key={each} value={each}>
              {t(each === '' ? 'audit.kind.all' : `audit.kind.${each}`)}
            </option>
          ))}
        </select>
        <input
          type="search"
          className="select search"
          maxLength={200}
          aria-label={t('audit.search')}
          placeholder={t('audit.search')}
          value={search}
          onChange={({ target }) => setSearch(target.value)}
        />
        <Download path={path} filter={filter} />
      </div>
      <QueryState
        query={entries}
        isEmpty={({ pages }) => pages.every(({ items }) => items.length === 0) && !entries.hasNextPage}
        empty={t('audit.empty')}
      >
        {({ pages }) => (
          <>
            <DataTable
              name={t('settings.tab.audit')}
              canDownload={false}
              rows={pages.flatMap(({ items }) => items)}
              rowKey={({ id }) => id}
              columns={columns}
            />
            {entries.hasNextPage && (
              <Button disabled={entries.isFetchingNextPage} onClick={() => void entries.fetchNextPage()}>
                {t('table.more')}
              </Button>
            )}
          </>
        )}
      </QueryState>
    </Paper>
  )
}

const whoIs = ({ who }: Entry): string => who.name ?? t('app.operator')

/** What was done, in words; an action that has none is told as it is. */
function actionText({ action }: Entry): string {
  const key = `audit.${action}`
  return key in settingsTexts ? t(key as keyof typeof settingsTexts) : action
}

/** Nothing for what people did to themselves: that is said by who did it. */
const objectOf = ({ who, object }: Entry): string => (object === who.id ? '' : object)

const columns: readonly Column<Entry>[] = [
  {
    name: t('live.when'),
    value: ({ at }) => at,
    cell: ({ at }) => <span className="nowrap">{formatTime(at, 'moment')}</span>,
  },
  { name: t('live.who'), value: whoIs },
  {
    name: t('audit.what'),
    value: actionText,
    cell: (entry) => <span className="nowrap">{actionText(entry)}</span>,
  },
  {
    name: t('audit.object'),
    value: (entry) => [objectOf(entry), entry.detail].filter(Boolean).join(': '),
    cell: (entry) => (
      <>
        <span className="mono">{objectOf(entry)}</span>{' '}
        {entry.detail && <span className="quiet small">{entry.detail}</span>}
      </>
    ),
  },
  { name: t('audit.address'), value: ({ address }) => address },
]

function Download({ path, filter }: { path: string; filter: Filter }) {
  const { api } = useApp()
  const download = useChange(async () => {
    const found: Entry[] = []
    for (let cursor: string | undefined; found.length < maxFileEntries; ) {
      const page = await ask(api, path, filter, filePageSize, cursor)
      found.push(...page.items)
      if (page.nextCursor === null) break
      cursor = page.nextCursor
    }
    const cells = found.map((entry) => columns.map(({ value }) => value(entry)))
    saveFile(
      'audit-log.csv',
      'text/csv',
      toCsv(
        columns.map(({ name }) => name),
        cells,
      ),
    )
  })
  return (
    <>
      <Button
        startIcon={<Icon name="download" size={16} />}
        aria-label={t('table.download', { format: t('table.csv'), name: t('settings.tab.audit') })}
        disabled={download.isPending}
        onClick={() => download.mutate(undefined)}
      >
        {t('table.csv')}
      </Button>
      <FormFailure text={download.error?.message} />
    </>
  )
}
