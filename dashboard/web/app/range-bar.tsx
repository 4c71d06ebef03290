import IconButton from '@mui/material/IconButton'
import { Icon } from '../parts/icon.tsx'
import { formatTime } from '../texts/format.ts'
import { t } from '../texts/t.ts'
import { comparisons, periods, type Range, shiftRange } from '../url/range.ts'
import { dateIn } from '../url/zone.ts'
import { useAppSearch, useRange, useSetSearch } from './use-search.ts'

/** `30 Nov 2026`, or `24 Nov – 30 Nov 2026`. */
export function formatRange({ first, last }: { first: string; last: string }): string {
  const end = formatTime(last, 'date', 'UTC')
  return first === last
    ? end
    : `${formatTime(first, first.slice(0, 4) === last.slice(0, 4) ? 'week' : 'date', 'UTC')} – ${end}`
}

/** Range, comparison and time zone, all kept in the address. */
export function RangeBar({ canCompare = true }: { canCompare?: boolean }) {
  const range = useRange()
  const setSearch = useSetSearch()
  return (
    <section className="bar" aria-label={t('range.label')}>
      <div className="segments">
        {periods.map((period) => (
          <button
            type="button"
            key={period}
            aria-pressed={range.period === period}
            onClick={() => setSearch({ date: undefined, ...choosePeriod(period, range) })}
          >
            {t(`range.${period}`)}
          </button>
        ))}
      </div>
      <Shift range={range} />
      {range.period === 'custom' && <CustomDates range={range} />}
      <span style={{ flex: 1 }} />
      {canCompare && <Compare range={range} />}
      <ZoneSelect />
    </section>
  )
}

function choosePeriod(period: (typeof periods)[number], { first, last }: Range) {
  return period === 'custom' ? { period, from: first, to: last } : { period, from: undefined, to: undefined }
}

function Shift({ range }: { range: Range }) {
  const setSearch = useSetSearch()
  const shift = (by: -1 | 1) => setSearch({ date: undefined, ...shiftRange(range, by, Date.now()) })
  return (
    <span className="field">
      <IconButton size="small" aria-label={t('range.previous')} onClick={() => shift(-1)}>
        <Icon name="previous" size={18} />
      </IconButton>
      <span aria-live="polite">{formatRange(range)}</span>
      <IconButton size="small" aria-label={t('range.next')} disabled={range.isCurrent} onClick={() => shift(1)}>
        <Icon name="next" size={18} />
      </IconButton>
    </span>
  )
}

function CustomDates({ range }: { range: Range }) {
  const setSearch = useSetSearch()
  const today = dateIn(Date.now(), range.timeZone)
  const input = (name: 'from' | 'to', value: string, min: string | undefined, max: string) => (
    <input
      type="date"
      className="date"
      aria-label={t(`range.${name}`)}
      value={value}
      max={max}
      {...(min && { min })}
      onChange={(event) => {
        if (event.target.value)
          setSearch({ period: 'custom', from: range.first, to: range.last, [name]: event.target.value })
      }}
    />
  )
  return (
    <>
      {input('from', range.first, undefined, range.last)}
      {input('to', range.last, range.first, today)}
    </>
  )
}

function Compare({ range }: { range: Range }) {
  const setSearch = useSetSearch()
  return (
    <label className="field">
      <span className="wide">{t('range.compare')}</span>
      <select
        className="select"
        aria-label={t('range.compare')}
        value={range.comparison}
        onChange={(event) => setSearch({ compare: event.target.value === 'previous' ? undefined : event.target.value })}
      >
        {comparisons.map((each) => (
          <option key={each} value={each}>
            {t(`range.compare.${each}`)}
          </option>
        ))}
      </select>
    </label>
  )
}

const zones = ['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')]

function ZoneSelect() {
  const { timeZone } = useRange()
  const { tz } = useAppSearch()
  const setSearch = useSetSearch()
  const list = zones.includes(timeZone) ? zones : [timeZone, ...zones]
  return (
    <select
      className="select"
      style={{ maxWidth: 150 }}
      aria-label={t('range.timeZone')}
      value={tz ?? timeZone}
      onChange={(event) => setSearch({ tz: event.target.value })}
    >
      {list.map((zone) => (
        <option key={zone}>{zone}</option>
      ))}
    </select>
  )
}
