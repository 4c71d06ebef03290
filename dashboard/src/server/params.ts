import { type TProperties, Type } from 'typebox'
import { ApiError } from './errors.ts'

/** Ids are at most 512 characters; profile ids carry a little more. */
export const maxIdLength = 1024

/** Cursors are the store's own business, but they travel in one line of a stream: no space and no line break. */
export const cursorText = (description: string) =>
  Type.String({ minLength: 1, maxLength: 2048, pattern: '^[!-~]+$', description })

export const defaultLimit = 50
export const dayMs = 86_400_000
export const hourMs = 3_600_000
export const minuteMs = 60_000

const time = (what: string) =>
  Type.Optional(
    Type.String({ maxLength: 64, description: `${what} ISO 8601 with zone, a date (UTC), or ms since 1970.` }),
  )

const project = Type.Optional(
  Type.String({ maxLength: 256, description: 'Id of a project. Default: the first one the caller sees.' }),
)
const anyProject = Type.Optional(
  Type.String({
    maxLength: 256,
    description: 'Id of a project, or * for all, with the admin token. Default: the first one the caller sees.',
  }),
)

/** Parts of query strings, put together by the routes. */
export const parts = {
  project: { project },
  anyProject: { project: anyProject },
  range: { from: time('Start, included.'), to: time('End, left out.') },
  limit: { limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: defaultLimit })) },
  cursor: {
    cursor: Type.Optional(cursorText('`nextCursor` of the answer before.')),
  },
  since: { since: time('What is older is left out, but for the newest event.') },
  after: {
    after: Type.Optional(cursorText('`cursor` of the answer before.')),
  },
} satisfies Record<string, TProperties>

export const profileParams = Type.Object({ profileId: Type.String({ minLength: 1, maxLength: maxIdLength }) })

const isoTime = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d))?$/i

/** ms since 1970, of ISO 8601 with zone, a date, or a number as text; undefined for anything else. */
export function readTime(text: string): number | undefined {
  const ms = /^\d{1,15}$/.test(text) ? Number(text) : isoTime.test(text) ? Date.parse(text) : Number.NaN
  return Number.isFinite(ms) ? ms : undefined
}

/** ms since 1970. Throws `invalid_request`. */
export function parseTime(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const ms = readTime(text)
  if (ms !== undefined) return ms
  throw new ApiError('invalid_request', `"${name}" must be ISO 8601 with zone, a date, or milliseconds since 1970.`)
}

/** Both ends, each optional. Throws `invalid_request`, also when the range holds nothing. */
export function parseRange(query: { from?: string; to?: string }): {
  from: number | undefined
  to: number | undefined
} {
  const from = parseTime('from', query.from)
  const to = parseTime('to', query.to)
  if (from !== undefined && to !== undefined && from >= to)
    throw new ApiError('invalid_request', '"from" must be before "to".')
  return { from, to }
}

type Compact<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>
}

/** Leaves out what is undefined: queries tell an absent field from one that is undefined. */
export function compact<T extends object>(value: T): Compact<T> {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as Compact<T>
}
