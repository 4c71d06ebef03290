import { Type } from 'typebox'
import * as shapes from '../accounts/shapes.ts'
import { toIso } from '../wire.ts'
import { type Annotation, type Embed, type Report, type Share, shareRanges } from './documents.ts'
import type { Kept } from './shelf.ts'

/** A page of the dashboard. Two slashes at its beginning would lead to another host. */
export const page = Type.String({
  pattern: '^/([a-z0-9][a-z0-9-]{0,60})?$',
  description: 'The page of the dashboard, such as /funnels.',
})
export const search = Type.String({
  maxLength: 8_000,
  pattern: '^([?][^#\\s]*)?$',
  description: 'What stands in its address: range, filters and the question, as the page wrote them.',
})
export const description = Type.String({ maxLength: 500 })

const madeBy = Type.Object({
  kind: Type.String(),
  id: Type.Optional(Type.String()),
  name: Type.Optional(Type.String()),
})

export const report = Type.Object({
  id: Type.String(),
  name: Type.String(),
  description: Type.String(),
  page: Type.String(),
  search: Type.String(),
  madeBy,
  at: shapes.time,
  changedAt: shapes.time,
})

export const annotation = Type.Object({
  id: Type.String(),
  when: Type.String({ description: 'A day, which is that of whoever looks, or a moment in UTC.' }),
  text: Type.String(),
  madeBy,
  at: shapes.time,
})

export const expiresAt = Type.String({
  maxLength: 64,
  description: 'ISO 8601 with zone, at most a year away. Default: 30 days from now.',
})

const range = Type.Enum([...shareRanges], { description: 'movable: visitors may look at other times.' })

export const share = Type.Object({
  id: Type.String(),
  report: Type.String(),
  name: Type.String(),
  range,
  hasPassword: Type.Boolean(),
  expiresAt: shapes.time,
  madeBy,
  at: shapes.time,
})

export const embedToken = Type.Object({
  id: Type.String(),
  name: Type.String(),
  origins: Type.Array(Type.String()),
  questions: Type.Integer({ description: 'How many it may ask.' }),
  expiresAt: shapes.time,
  madeBy,
  at: shapes.time,
})

/** What a visitor is told of a report. */
export const shared = Type.Object({
  name: Type.String(),
  description: Type.String(),
  project: Type.String({ description: 'Its name.' }),
  page: Type.String(),
  search: Type.String(),
  range,
  sums: Type.Boolean({ description: 'It asks for an overview, which no rules of the project leave anything out of.' }),
  rules: Type.Boolean({ description: 'Rules of the project leave events out of all else.' }),
  accessToken: Type.String({ description: 'For POST /shared/query alone.' }),
  expiresAt: shapes.time,
})

export const toShare = ({ id, body }: Kept<Share>) => {
  const { report, name, range, password, expiresAt, madeBy, at } = body
  const hasPassword = password !== undefined
  return { id, report, name, range, hasPassword, expiresAt: toIso(expiresAt), madeBy, at: toIso(at) }
}

export const toEmbedToken = ({ id, body: { name, origins, queries, expiresAt, madeBy, at } }: Kept<Embed>) => {
  const times = { expiresAt: toIso(expiresAt), at: toIso(at) }
  return { id, name, origins, questions: queries.length, madeBy, ...times }
}

export const toReport = ({ id, body: { project: _, at, changedAt, ...rest } }: Kept<Report>) => ({
  id,
  ...rest,
  at: toIso(at),
  changedAt: toIso(changedAt),
})

export const toAnnotation = ({ id, body: { project: _, at, ...rest } }: Kept<Annotation>) => ({
  id,
  ...rest,
  at: toIso(at),
})
