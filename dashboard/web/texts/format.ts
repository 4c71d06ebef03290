const locale = 'en'

const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 })
const short = new Intl.NumberFormat(locale, { notation: 'compact', maximumFractionDigits: 1 })
const percent = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1 })
const signed = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0, signDisplay: 'exceptZero' })

export const formatNumber = (value: number): string => whole.format(value)
/** 12.3K from ten thousand on, where the exact figure is one hover away. */
export const formatShort = (value: number): string =>
  Math.abs(value) < 10_000 ? whole.format(value) : short.format(value)
const precise = new Intl.NumberFormat(locale, { maximumFractionDigits: 2 })
/** As `formatShort`, with up to two decimals below a hundred: for averages and what is worked out. */
export const formatFigure = (value: number): string =>
  Math.abs(value) < 100 ? precise.format(value) : formatShort(value)
export const formatShare = (value: number): string => percent.format(value)
/** Undefined where there is nothing to compare with. */
export const formatChange = (now: number, before: number): string | undefined =>
  before === 0 ? undefined : signed.format((now - before) / before)

/** `4 s`, `3 m 20 s`, `2 h 5 m`, `3 d 4 h`. */
export function formatDuration(ms: number): string {
  const seconds = Math.round(ms / 1000)
  const units: [string, number][] = [
    ['d', 86_400],
    ['h', 3_600],
    ['m', 60],
    ['s', 1],
  ]
  const at = units.findIndex(([, size]) => seconds >= size)
  if (at < 0) return '0 s'
  const [name, size] = units[at] ?? ['s', 1]
  const next = units[at + 1]
  const rest = next ? Math.floor((seconds % size) / next[1]) : 0
  return `${Math.floor(seconds / size)} ${name}${next && rest > 0 ? ` ${rest} ${next[0]}` : ''}`
}

const styles = {
  hour: { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  day: { weekday: 'short', day: 'numeric', month: 'short' },
  week: { day: 'numeric', month: 'short' },
  month: { month: 'short', year: 'numeric' },
  date: { day: 'numeric', month: 'short', year: 'numeric' },
  time: { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' },
  moment: { day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
} as const satisfies Record<string, Intl.DateTimeFormatOptions>

const formatters = new Map<string, Intl.DateTimeFormat>()

/** A moment as text. Without a zone: the browser's. */
export function formatTime(at: number | string, style: keyof typeof styles, timeZone?: string): string {
  const key = `${style} ${timeZone}`
  let formatter = formatters.get(key)
  if (!formatter) {
    formatter = new Intl.DateTimeFormat('en-GB', { ...styles[style], ...(timeZone && { timeZone }) })
    formatters.set(key, formatter)
  }
  return formatter.format(new Date(at))
}

const ago = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' })

/** `3 minutes ago`. */
export function formatAgo(at: number, now: number): string {
  const seconds = Math.round((at - now) / 1000)
  const size = Math.abs(seconds)
  if (size < 60) return ago.format(seconds, 'second')
  if (size < 3_600) return ago.format(Math.round(seconds / 60), 'minute')
  if (size < 86_400) return ago.format(Math.round(seconds / 3_600), 'hour')
  return ago.format(Math.round(seconds / 86_400), 'day')
}

const regions = new Intl.DisplayNames(locale, { type: 'region', fallback: 'code' })

/** Name of an ISO 3166 code; the text itself where it is none. */
export const formatCountry = (code: string): string => (/^[A-Z]{2}$/.test(code) ? (regions.of(code) ?? code) : code)
