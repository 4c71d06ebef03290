import Button from '@mui/material/Button'
import Paper from '@mui/material/Paper'
import Typography from '@mui/material/Typography'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import type { EventTrace, Rejected } from '../../api/types.ts'
import { useApp } from '../../app/context.ts'
import { useProject, useUrlText } from '../../app/use-search.ts'
import { Icon } from '../../parts/icon.tsx'
import { QueryState } from '../../parts/query-state.tsx'
import { formatTime } from '../../texts/format.ts'
import { validateSearch } from '../../url/search.ts'
import { describeClock } from './clock.ts'
import { t } from './texts.ts'

/** Where a certain event is, by its messageId. */
export function FindEvent() {
  const [messageId, setMessageId] = useUrlText('event')
  const [text, setText] = useState(messageId)
  // Back and forward change what is looked for, too.
  useEffect(() => setText(messageId), [messageId])
  return (
    <Paper className="panel" component="section" aria-label={t('find.title')}>
      <Typography variant="h2">{t('find.title')}</Typography>
      <p className="quiet small">{t('find.text')}</p>
      <form
        className="bar"
        onSubmit={(submit) => {
          submit.preventDefault()
          setMessageId(text.trim())
        }}
      >
        <input
          type="search"
          className="select search mono"
          aria-label={t('find.label')}
          placeholder={t('find.hint')}
          maxLength={512}
          spellCheck={false}
          value={text}
          onChange={(change) => setText(change.target.value)}
        />
        <Button type="submit" variant="outlined" startIcon={<Icon name="search" size={16} />}>
          {t('find.button')}
        </Button>
      </form>
      {messageId !== '' && <Found messageId={messageId} />}
    </Paper>
  )
}

function Found({ messageId }: { messageId: string }) {
  const { api } = useApp()
  const project = useProject().id
  const trace = useQuery({
    queryKey: ['event', project, messageId],
    queryFn: ({ signal }) => api.get<EventTrace>(`/events/${encodeURIComponent(messageId)}`, { project }, signal),
    // What waits is stored a moment later.
    refetchInterval: ({ state }) => (state.data?.state === 'waiting' ? 2_000 : false),
  })
  return <QueryState query={trace}>{(found) => <Trace trace={found} />}</QueryState>
}

const marks = {
  stored: 'check',
  waiting: 'play',
  dead: 'warning',
  rejected: 'warning',
  taken: 'info',
  unknown: 'help',
} as const
const tones = {
  stored: 'good',
  waiting: 'quiet',
  dead: 'bad',
  rejected: 'bad',
  taken: 'quiet',
  unknown: 'quiet',
} as const

function Trace({ trace }: { trace: EventTrace }) {
  const { state, event, trail, complete } = trace
  return (
    <div className="trace">
      <div className="verdict" role="status">
        <span className={tones[state]}>
          <Icon name={marks[state]} size={24} />
        </span>
        <div>
          <strong>{t(`find.${state}`)}</strong>
          <div className="quiet">{explain(trace)}</div>
          {!complete && state === 'unknown' && <div className="quiet">{t('find.incomplete')}</div>}
        </div>
      </div>
      {state === 'rejected' && trace.rejected[0] && <FixButton item={trace.rejected[0]} />}
      {event && <Facts trace={trace} event={event} />}
      {trail.length > 0 && <Trail trail={trail} />}
      {event && (
        <details>
          <summary>{t('find.raw')}</summary>
          <pre className="code mono">{JSON.stringify(event, null, 2)}</pre>
        </details>
      )}
    </div>
  )
}

function explain({ state, rejected, takenOn, rememberedSince }: EventTrace): string {
  const day = (time: string | null) => formatTime(time ?? 0, 'date', 'UTC')
  switch (state) {
    case 'rejected':
      return `${rejected[0]?.message ?? ''} (${rejected[0]?.code ?? ''})`
    case 'taken':
      return t('find.takenText', { day: day(takenOn) })
    case 'unknown':
      return rememberedSince === null ? t('find.unknownEmpty') : t('find.unknownText', { day: day(rememberedSince) })
    default:
      return t(`find.${state}Text`)
  }
}

function FixButton({ item }: { item: Rejected }) {
  const { role } = useProject()
  const [, setFixed] = useUrlText('fix')
  if (role !== 'owner' && role !== 'admin') return null
  return (
    <div>
      <Button variant="outlined" onClick={() => setFixed(item.id)}>
        {t('fix.open')}
      </Button>
    </div>
  )
}

const keepShared = ((search: Record<string, unknown>) => validateSearch(search)) as never

function Facts({ trace, event }: { trace: EventTrace; event: NonNullable<EventTrace['event']> }) {
  const { profileId, sessionId } = trace
  const ids = [
    [t('find.visitor'), event.anonymousId],
    [t('find.user'), event.userId],
    [t('find.session'), sessionId],
  ] as const
  return (
    <dl className="facts">
      <dt>{t('find.name')}</dt>
      <dd>{event.name}</dd>
      {profileId !== null && (
        <>
          <dt>{t('find.person')}</dt>
          <dd>
            <Link to="/people/$profileId" params={{ profileId } as never} search={keepShared}>
              {t('find.toPerson')}
            </Link>
          </dd>
        </>
      )}
      <dt>{t('find.clock')}</dt>
      <dd>{describeClock(event)}</dd>
      {ids.map(
        ([name, id]) =>
          id !== null && (
            <div key={name} style={{ display: 'contents' }}>
              <dt>{name}</dt>
              <dd className="mono">{id}</dd>
            </div>
          ),
      )}
    </dl>
  )
}

const stepNames = {
  happened: 'find.happened',
  received: 'find.received',
  set_aside: 'find.set_aside',
  replayed: 'find.replayed',
  waiting: 'find.inQueue',
  dead: 'find.inDead',
} as const

function Trail({ trail }: Pick<EventTrace, 'trail'>) {
  return (
    <div>
      <Typography variant="h3">{t('find.trail')}</Typography>
      <ol className="trail">
        {trail.map(({ what, at }) => (
          <li key={`${what} ${at}`}>
            <span className="number quiet">
              {formatTime(at, 'date')}, {formatTime(at, 'time')}
            </span>
            <span>{t(stepNames[what])}</span>
          </li>
        ))}
      </ol>
    </div>
  )
}
