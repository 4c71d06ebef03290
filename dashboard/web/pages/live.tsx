import Button from '@mui/material/Button'
import Paper from '@mui/material/Paper'
import Typography from '@mui/material/Typography'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useMemo, useRef, useState } from 'react'
import type { WireEvent } from '../api/types.ts'
import { useUrlText } from '../app/use-search.ts'
import { Icon } from '../parts/icon.tsx'
import { formatCountry, formatNumber, formatTime } from '../texts/format.ts'
import { countActive, countByMinute, personOf } from './live/active.ts'
import { t } from './live/texts.ts'
import { useLiveStream } from './live/use-live-stream.ts'

/** What happens right now: every stored event as it comes. */
export function Page() {
  const { events, state, isPaused, waiting, pause, resume } = useLiveStream()
  const [filter, setFilter] = useUrlText('q')
  const now = useClock()
  const shown = useMemo(() => events.filter((event) => matches(event, filter.trim().toLowerCase())), [events, filter])
  const active = countActive(events, now)
  return (
    <>
      <div className="page-head">
        <Typography variant="h1">{t('live.title')}</Typography>
        <span className="field" role="status">
          <span className={`dot is-${state}`} aria-hidden="true" />
          {t(`live.${state}`)}
        </span>
        <input
          type="search"
          className="select"
          aria-label={t('live.filter')}
          placeholder={t('live.filter')}
          value={filter}
          onChange={(event) => setFilter(event.target.value)}
        />
        <Button
          variant="outlined"
          startIcon={<Icon name={isPaused ? 'play' : 'pause'} size={16} />}
          onClick={isPaused ? resume : pause}
        >
          {isPaused ? t('live.resume', { count: waiting }) : t('live.pause')}
        </Button>
      </div>
      <Paper className="panel live-summary">
        <div>
          <div className="figure-value" aria-hidden="true">
            {formatNumber(active)}
          </div>
          <div className="quiet" aria-live="polite">
            <span className="visually-hidden">
              {active === 1 ? t('live.activeOne') : t('live.active', { count: active })}
            </span>
            <span aria-hidden="true">{t('live.activeLabel')}</span>
          </div>
        </div>
        <Minutes events={events} now={now} />
      </Paper>
      <Paper>
        {events.length === 0 ? (
          <div className="state">{t('live.empty')}</div>
        ) : shown.length === 0 ? (
          <div className="state">{t('live.noMatch')}</div>
        ) : (
          <EventList events={shown} />
        )}
      </Paper>
    </>
  )
}

const matches = (event: WireEvent, text: string): boolean =>
  text === '' ||
  [event.name, event.path, event.title, event.userId, event.anonymousId, event.country].some((each) =>
    each?.toLowerCase().includes(text),
  )

const tickMs = 5_000

/** Moves on by itself, as people stop being active without an event. */
function useClock(): number {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), tickMs)
    return () => clearInterval(timer)
  }, [])
  return now
}

const minutes = 30
const barHeight = 44

function Minutes({ events, now }: { events: readonly WireEvent[]; now: number }) {
  const counts = countByMinute(events, now, minutes)
  const most = Math.max(...counts, 1)
  return (
    <div style={{ minWidth: 0 }}>
      <svg
        viewBox={`0 0 ${minutes * 10} ${barHeight}`}
        preserveAspectRatio="none"
        className="minutes"
        role="img"
        aria-label={`${t('live.perMinute')}: ${counts.join(', ')}`}
      >
        {counts.map((count, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a bar is its place.
          <rect key={index} x={index * 10 + 1} width="8" {...barOf(count, most)} rx="1.5" />
        ))}
      </svg>
      <div className="quiet small">{t('live.perMinute')}</div>
    </div>
  )
}

function barOf(count: number, most: number) {
  const height = count === 0 ? 1.5 : Math.max(3, (count / most) * barHeight)
  return { y: barHeight - height, height }
}

const rowHeight = 38
const overscan = 12

function EventList({ events }: { events: readonly WireEvent[] }) {
  const scroller = useRef<HTMLDivElement>(null)
  const virtual = useVirtualizer({
    count: events.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    getItemKey: (index) => events[index]?.messageId ?? index,
    overscan,
  })
  return (
    <>
      <div className="list-row list-head live-row" aria-hidden="true">
        <span>{t('live.when')}</span>
        <span>{t('live.event')}</span>
        <span className="wide">{t('live.page')}</span>
        <span>{t('live.who')}</span>
        <span className="wide">{t('live.where')}</span>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard. */}
      <section className="scroll" ref={scroller} style={{ height: '58vh' }} tabIndex={0} aria-label={t('live.title')}>
        <ol className="virtual rows" style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map(({ index, key, start }) => {
            const event = events[index]
            return event && <EventRow key={key} event={event} start={start} />
          })}
        </ol>
      </section>
    </>
  )
}

function EventRow({ event, start }: { event: WireEvent; start: number }) {
  const device = [event.device?.browser, event.device?.os].filter(Boolean).join(', ')
  return (
    <li className="list-row live-row" style={{ height: rowHeight, transform: `translateY(${start}px)` }}>
      <time className="quiet number" dateTime={event.timestamp}>
        {formatTime(event.timestamp, 'time')}
      </time>
      <strong>{event.name}</strong>
      <span className="quiet wide">{event.path}</span>
      <span className="mono">{personOf(event)}</span>
      <span className="quiet wide">
        {[event.country && formatCountry(event.country), device].filter(Boolean).join(' · ')}
      </span>
    </li>
  )
}
