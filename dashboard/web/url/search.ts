import { comparisons, type Period, periods, type RangeSearch } from './range.ts'
import { isTimeZone } from './zone.ts'

/** What every page's address may hold. Pages add their own, which are texts. */
export interface AppSearch extends RangeSearch {
  project?: string
  tz?: string
  /** Filters, see filters.ts. */
  f?: string[]
}

type RawSearch = Record<string, unknown>

/** `?a=1&f=x&f=y` as an object: names that come several times, and `f`, are lists; everything else is text. */
export function parseSearch(text: string): RawSearch {
  const result: Record<string, string | string[]> = {}
  const params = new URLSearchParams(text)
  for (const name of new Set(params.keys())) {
    const values = params.getAll(name)
    result[name] = name === 'f' || values.length > 1 ? values : (values[0] ?? '')
  }
  return result
}

/** The other way. Undefined and empty lists are left out. */
export function writeSearch(search: RawSearch): string {
  const params = new URLSearchParams()
  for (const [name, value] of Object.entries(search))
    for (const each of Array.isArray(value) ? value : [value])
      if (each !== undefined && each !== null && each !== '') params.append(name, String(each))
  const text = params.toString().replaceAll('%2F', '/').replaceAll('%3A', ':').replaceAll('%7E', '~')
  return text === '' ? '' : `?${text}`
}

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)
const oneOf = <T extends string>(list: readonly T[], value: unknown): T | undefined =>
  list.find((each) => each === value)

/** Keeps what can be understood. */
export function validateSearch(raw: RawSearch): AppSearch {
  const tz = text(raw.tz)
  const found = {
    project: text(raw.project),
    tz: tz && isTimeZone(tz) ? tz : undefined,
    period: oneOf<Period>(periods, raw.period),
    date: text(raw.date),
    from: text(raw.from),
    to: text(raw.to),
    compare: oneOf(comparisons, raw.compare),
    f: Array.isArray(raw.f) ? raw.f.map(String) : undefined,
  }
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined))
}
