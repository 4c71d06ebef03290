import Paper from '@mui/material/Paper'
import Typography from '@mui/material/Typography'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import type { JourneyItem, Page } from '../../api/types.ts'
import { useApp } from '../../app/context.ts'
import { useProject, useTimeZone, useUrlText } from '../../app/use-search.ts'
import { shortId, valueText } from '../../parts/people.ts'
import { QueryState } from '../../parts/query-state.tsx'
import { VirtualList } from '../../parts/virtual-list.tsx'
import { formatCountry, formatNumber, formatTime } from '../../texts/format.ts'
import { describeTouch } from './facts.tsx'
import { type JourneyRow, toRows } from './rows.ts'
import { t } from './texts.ts'

const pageSize = 200
const rowHeight = 34

function useJourney(profileId: string, order: 'asc' | 'desc') {
  const { api } = useApp()
  const project = useProject().id
  return useInfiniteQuery({
    queryKey: ['journey', project, profileId, order],
    queryFn: ({ pageParam, signal }) =>
      api.get<Page<JourneyItem>>(
        `/people/${encodeURIComponent(profileId)}/journey`,
        { project, order, limit: pageSize, cursor: pageParam },
        signal,
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
    // To read all pages again while somebody scrolls would cost much; each visit begins anew instead.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  })
}

/** All events of a person, by visits, over all devices. */
export function Journey({ profileId }: { profileId: string }) {
  const [chosen, setOrder] = useUrlText('order', 'desc')
  const order = chosen === 'asc' ? 'asc' : 'desc'
  const journey = useJourney(profileId, order)
  const timeZone = useTimeZone()
  const items = useMemo(() => journey.data?.pages.flatMap((page) => page.items) ?? [], [journey.data])
  const rows = useMemo(() => toRows(items, (at) => formatTime(at, 'date', timeZone)), [items, timeZone])
  return (
    <Paper>
      <div className="panel-head" style={{ padding: '14px 16px 0' }}>
        <Typography variant="h2">{t('person.journey')}</Typography>
        <select
          className="select"
          aria-label={t('person.order')}
          value={order}
          onChange={(event) => setOrder(event.target.value)}
        >
          <option value="desc">{t('person.newest')}</option>
          <option value="asc">{t('person.oldest')}</option>
        </select>
      </div>
      <QueryState query={journey} isEmpty={() => items.length === 0}>
        {() => (
          <VirtualList
            label={t('person.journey')}
            items={rows}
            keyOf={({ key }) => key}
            rowHeight={rowHeight}
            hasMore={journey.hasNextPage}
            loadMore={journey.fetchNextPage}
            end={t('person.end', { count: formatNumber(items.length) })}
            render={(row) => <Row row={row} timeZone={timeZone} />}
          />
        )}
      </QueryState>
    </Paper>
  )
}

function Row({ row, timeZone }: { row: JourneyRow; timeZone: string }) {
  return row.kind === 'session' ? (
    <SessionHead row={row} timeZone={timeZone} />
  ) : (
    <EventRow item={row.item} timeZone={timeZone} />
  )
}

function SessionHead({ row, timeZone }: { row: Extract<JourneyRow, { kind: 'session' }>; timeZone: string }) {
  const { first, sessionId } = row
  const { device, country, touch, anonymousId } = first
  const facts = [
    device && [device.browser, device.os].filter(Boolean).join(', '),
    country && formatCountry(country),
    touch && describeTouch(touch),
    anonymousId && shortId(anonymousId),
  ].filter(Boolean)
  return (
    <div className="journey-session">
      <strong>{formatTime(first.timestamp, 'date', timeZone)}</strong>
      <span>{t(sessionId === null ? 'person.noSession' : 'person.session')}</span>
      <span className="quiet">{facts.join(' · ')}</span>
    </div>
  )
}

const dots: Record<string, string> = {
  track: 'var(--mui-palette-primary-main)',
  identify: 'var(--mui-palette-success-main)',
  alias: 'var(--mui-palette-warning-main)',
  unlink: 'var(--mui-palette-error-main)',
}

function EventRow({ item, timeZone }: { item: JourneyItem; timeZone: string }) {
  const [isOpen, setOpen] = useState(false)
  const summary =
    item.type === 'page'
      ? item.title
      : Object.entries(item.properties)
          .map(([name, value]) => `${name}: ${valueText(value)}`)
          .join(', ')
  return (
    <>
      <div className="list-row journey-row" style={{ height: rowHeight }}>
        <time className="quiet number" dateTime={item.timestamp}>
          {formatTime(item.timestamp, 'time', timeZone)}
        </time>
        <span className="dot" style={{ background: dots[item.type] }} title={item.type} />
        <button type="button" className="row-toggle" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {item.type === 'track' ? (
            <strong>{item.name}</strong>
          ) : (
            `${item.type === 'page' ? '' : `${item.type} `}${item.name === item.type ? '' : item.name}`.trim()
          )}
        </button>
        <span className="quiet">{summary === item.name ? '' : summary}</span>
      </div>
      {isOpen && <Details item={item} />}
    </>
  )
}

function Details({ item }: { item: JourneyItem }) {
  const { properties, traits, context, ...rest } = item
  return (
    <section className="journey-details" aria-label={t('person.details', { name: item.name })}>
      <pre className="mono">{JSON.stringify({ ...rest, properties, traits, context }, undefined, 2)}</pre>
    </section>
  )
}
