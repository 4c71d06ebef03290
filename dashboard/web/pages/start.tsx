import Paper from '@mui/material/Paper'
import Typography from '@mui/material/Typography'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { ApiFailure } from '../api/failure.ts'
import type { WireEvent } from '../api/types.ts'
import { useApp } from '../app/context.ts'
import { useProject } from '../app/use-search.ts'
import { CopyButton } from '../parts/copy-button.tsx'
import { Icon } from '../parts/icon.tsx'
import { QueryState } from '../parts/query-state.tsx'
import { formatAgo } from '../texts/format.ts'
import { useLiveStream } from './live/use-live-stream.ts'
import { DemoOffer } from './start/demo-offer.tsx'
import { createSnippets, type Snippet } from './start/snippets.ts'
import { TestEvent } from './start/test-event.tsx'
import { t } from './start/texts.ts'

/** Null: the caller may not see it. */
function useWriteKey() {
  const { api } = useApp()
  const project = useProject().id
  return useQuery({
    queryKey: ['write-keys', project],
    queryFn: async ({ signal }) => {
      try {
        const { writeKeys } = await api.get<{ writeKeys: string[] }>('/write-keys', { project }, signal)
        return writeKeys[0] ?? null
      } catch (error) {
        if (error instanceof ApiFailure && error.status === 403) return null
        throw error
      }
    },
  })
}

/** How to send the first event, and whether it has come. */
export function Page() {
  const key = useWriteKey()
  const { events } = useLiveStream()
  const first = events.at(-1)
  return (
    <>
      <div className="page-head">
        <Typography variant="h1">{t('start.title')}</Typography>
      </div>
      <p className="quiet lead">{t('start.lead')}</p>
      <Paper className="panel" role="status">
        {first ? <Arrived event={first} /> : <Waiting />}
      </Paper>
      {!first && <DemoOffer />}
      <QueryState query={key}>
        {(writeKey) => (
          <div className="content">
            {writeKey === null ? <p>{t('start.noKey')}</p> : <TestEvent writeKey={writeKey} />}
            {createSnippets(location.origin, writeKey ?? 'YOUR_WRITE_KEY').map((snippet) => (
              <SnippetPanel key={snippet.title} snippet={snippet} />
            ))}
          </div>
        )}
      </QueryState>
    </>
  )
}

function Waiting() {
  return (
    <div className="bar">
      <span className="dot pulse" aria-hidden="true" />
      {t('start.waiting')}
    </div>
  )
}

function Arrived({ event }: { event: WireEvent }) {
  return (
    <div className="arrived">
      <div className="bar good">
        <Icon name="check" size={26} />
        <strong>{t('start.arrived')}</strong>
      </div>
      <p>{t('start.arrivedText', { name: event.name, when: formatAgo(Date.parse(event.receivedAt), Date.now()) })}</p>
      <div className="bar">
        <Link to="/live">{t('start.toLive')}</Link>
        <Link to="/">{t('start.toOverview')}</Link>
      </div>
    </div>
  )
}

function SnippetPanel({ snippet }: { snippet: Snippet }) {
  return (
    <Paper className="panel" component="section" aria-label={t(snippet.title)}>
      <div className="panel-head">
        <Typography variant="h2">{t(snippet.title)}</Typography>
        <CopyButton text={snippet.code} name={t(snippet.title)} />
      </div>
      <p className="quiet">{t(snippet.hint)}</p>
      <pre className="code mono">{snippet.code}</pre>
    </Paper>
  )
}
