import Button from '@mui/material/Button'
import Paper from '@mui/material/Paper'
import Typography from '@mui/material/Typography'
import type { AnswerMeta, Field, PropertiesAnswer } from '@trailstitch/protocol'
import { useAnalysis } from '../../app/use-analysis.ts'
import { useFilters, useRange, useUrlText } from '../../app/use-search.ts'
import { type Column, DataTable } from '../../parts/data-table.tsx'
import { describeEvent, describeField, describeValue } from '../../parts/fields.ts'
import { Icon } from '../../parts/icon.tsx'
import type { IconName } from '../../parts/icons.ts'
import { QueryState } from '../../parts/query-state.tsx'
import { Why } from '../../parts/why.tsx'
import { formatAgo, formatNumber, formatShare, formatTime } from '../../texts/format.ts'
import { toggleFilter } from '../../url/filters.ts'
import { type EventRow, sortFields, toEventRows } from './names.ts'
import { t } from './texts.ts'

/** So many events have their exact count; of rarer ones it is told how often they are among the newest. */
const topNames = 100
/** Values of a property that are shown. */
const shownValues = 5

interface DictionaryProps {
  onSeries: (event: string) => void
  onBreakdown: (field: Field) => void
}

/** Every event that is sent, and the properties of the one that is chosen. */
export function Dictionary({ onSeries, onBreakdown }: DictionaryProps) {
  const { from, to } = useRange()
  const [where] = useFilters()
  const names = useAnalysis<'properties'>({ type: 'properties', from, to, where })
  const counts = useAnalysis<'trend'>({
    type: 'trend',
    from,
    to,
    where,
    interval: 'month',
    series: [{ measure: 'events' }, { measure: 'people' }],
    breakdown: 'event',
    top: topNames,
  })
  const [chosen, setChosen] = useUrlText('event')
  const query = {
    ...counts,
    data: names.data && counts.data && toEventRows(names.data, counts.data),
    error: counts.error ?? names.error,
    refetch: () => Promise.all([counts, names].map((each) => each.error && each.refetch())),
  }
  return (
    <QueryState query={query} isEmpty={(rows) => rows.length === 0}>
      {(rows) => {
        const event = rows.find((row) => row.event === chosen)?.event ?? rows[0]?.event
        return (
          <div className="content">
            {counts.data && (
              <Names rows={rows} chosen={event} onChoose={setChosen} onSeries={onSeries} meta={counts.data.meta} />
            )}
            {event !== undefined && <Properties event={event} onBreakdown={onBreakdown} />}
          </div>
        )
      }}
    </QueryState>
  )
}

interface NamesProps {
  rows: readonly EventRow[]
  chosen: string | undefined
  onChoose: (event: string) => void
  onSeries: (event: string) => void
  meta: AnswerMeta
}

function Names({ rows, chosen, onChoose, onSeries, meta }: NamesProps) {
  const [search, setSearch] = useUrlText('find')
  const wanted = search.trim().toLowerCase()
  const found = rows.filter(({ event }) => describeEvent(event).toLowerCase().includes(wanted))
  return (
    <Paper className="panel" component="section" aria-label={t('events.names')}>
      <div className="panel-head">
        <Typography variant="h2" className="with-why">
          {t('events.names')}
        </Typography>
        <Why name={t('events.names')} definition={t('why.names')} meta={meta} />
        <span style={{ flex: 1 }} />
        <input
          type="search"
          className="select search"
          aria-label={t('events.findEvent')}
          placeholder={t('events.findEvent')}
          value={search}
          onChange={({ target }) => setSearch(target.value)}
        />
      </div>
      {found.length === 0 ? (
        <div className="state">{t('events.noName')}</div>
      ) : (
        <DataTable
          name={t('events.names')}
          columns={nameColumns({ chosen, onChoose, onSeries })}
          rows={found}
          rowKey={({ event }) => event}
          maxHeight={340}
        />
      )}
    </Paper>
  )
}

function nameColumns({
  chosen,
  onChoose,
  onSeries,
}: Pick<NamesProps, 'chosen' | 'onChoose' | 'onSeries'>): Column<EventRow>[] {
  return [
    {
      name: t('events.name'),
      value: ({ event }) => event,
      cell: ({ event }) => (
        <button
          type="button"
          className="link-button"
          aria-pressed={event === chosen}
          aria-label={t('events.open', { name: describeEvent(event) })}
          onClick={() => onChoose(event)}
        >
          {describeEvent(event)}
        </button>
      ),
    },
    {
      name: t('events.count'),
      isNumber: true,
      value: ({ events }) => events,
      cell: ({ events, isAtLeast }) => `${isAtLeast ? '≥ ' : ''}${formatNumber(events)}`,
    },
    {
      name: t('events.people'),
      isNumber: true,
      isWide: true,
      value: ({ people }) => people,
      cell: ({ people }) => (people === null ? '–' : formatNumber(people)),
    },
    {
      name: t('events.lastSeen'),
      value: ({ lastSeen }) => (lastSeen === null ? null : new Date(lastSeen).toISOString()),
      cell: ({ lastSeen }) => <LastSeen at={lastSeen} />,
    },
    {
      name: t('events.addShort'),
      isAction: true,
      value: () => null,
      cell: ({ event }) => (
        <ActionButton
          icon="events"
          text={t('events.addShort')}
          label={t('events.add', { name: describeEvent(event) })}
          onClick={() => onSeries(event)}
        />
      ),
    },
  ]
}

function LastSeen({ at }: { at: number | null }) {
  const { timeZone } = useRange()
  if (at === null) return '–'
  return <span title={formatTime(at, 'moment', timeZone)}>{formatAgo(at, Date.now())}</span>
}

/** Its text shows where there is room. */
function ActionButton(props: { icon: IconName; text: string; label: string; onClick: () => void }) {
  const { icon, text, label, onClick } = props
  return (
    <Button className="nowrap" aria-label={label} title={label} onClick={onClick}>
      <Icon name={icon} size={18} />
      <span className="wide">&nbsp;{text}</span>
    </Button>
  )
}

type Known = PropertiesAnswer['fields'][number]

function Properties({ event, onBreakdown }: { event: string; onBreakdown: (field: Field) => void }) {
  const { from, to } = useRange()
  const [where] = useFilters()
  const answer = useAnalysis<'properties'>({ type: 'properties', from, to, where, event })
  const name = t('events.open', { name: describeEvent(event) })
  return (
    <Paper className="panel" component="section" aria-label={name}>
      <Typography variant="h2" sx={{ mb: 1 }}>
        {name}
      </Typography>
      <QueryState query={answer} isEmpty={({ fields }) => fields.length === 0}>
        {({ fields, events, meta }) => (
          <>
            <PropertyTable
              name={name}
              fields={sortFields(fields.filter(({ field }) => field !== 'event'))}
              events={events.find((each) => each.event === event)?.events ?? 0}
              onBreakdown={onBreakdown}
            />
            <p className="quiet small">{t('events.sample', { count: formatNumber(meta.rowsScanned) })}</p>
          </>
        )}
      </QueryState>
    </Paper>
  )
}

interface PropertyTableProps {
  name: string
  fields: readonly Known[]
  /** As many of the event were looked at. */
  events: number
  onBreakdown: (field: Field) => void
}

function PropertyTable({ name, fields, events, onBreakdown }: PropertyTableProps) {
  const shareOf = (known: Known) => (events === 0 ? 0 : Math.min(1, known.events / events))
  const columns: Column<Known>[] = [
    {
      name: t('events.property'),
      value: ({ field }) => field,
      cell: ({ field }) => (
        <>
          {describeField(field)}
          <div className="quiet small">{t(`field.${groupOf(field)}`)}</div>
        </>
      ),
    },
    { name: t('events.kind'), isWide: true, value: ({ kind }) => t(`kind.${kind}`) },
    {
      name: t('events.share'),
      isNumber: true,
      value: shareOf,
      cell: (known) => formatShare(shareOf(known)),
    },
    {
      name: t('events.values'),
      value: ({ values }) => values.map(({ value }) => value).join('; '),
      cell: (known) => <Values known={known} />,
    },
    {
      name: t('events.breakDownShort'),
      isAction: true,
      value: () => null,
      cell: ({ field }) => (
        <ActionButton
          icon="paths"
          text={t('events.breakDownShort')}
          label={t('events.breakDownBy', { name: describeField(field) })}
          onClick={() => onBreakdown(field)}
        />
      ),
    },
  ]
  return <DataTable name={name} columns={columns} rows={fields} rowKey={({ field }) => field} maxHeight={460} />
}

const groupOf = (field: Field) =>
  field.startsWith('properties.') ? 'properties' : field.startsWith('traits.') ? 'traits' : 'plain'

function Values({ known: { field, values } }: { known: Known }) {
  const [filters, setFilters] = useFilters()
  return (
    <span className="values">
      {values.slice(0, shownValues).map(({ value, events }) => (
        <button
          type="button"
          key={value}
          className="value"
          title={`${value} (${formatNumber(events)})`}
          aria-label={t('filter.only', { value: `${describeField(field)} ${describeValue(field, value)}` })}
          onClick={() => setFilters(toggleFilter(filters, field, value))}
        >
          {describeValue(field, value)}
        </button>
      ))}
    </span>
  )
}
