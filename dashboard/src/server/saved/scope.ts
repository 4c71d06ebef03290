import type { AnalysisQuery, Field, OverviewQuery } from '@trailstitch/protocol'
import { Type } from 'typebox'
import { Value } from 'typebox/value'
import { ApiError } from '../errors.ts'
import { digestOf } from '../query-digest.ts'
import { parseQuery } from '../query-schema.ts'

// What a link or an embedded chart may ask: the questions it was made with, and no other.

/** A question that tells of nobody in particular. */
export type OpenQuery = Extract<AnalysisQuery, { type: (typeof openTypes)[number] }> | OverviewQuery

/** `people` and `properties` are lists of people and of their values. */
const openTypes = ['trend', 'funnel', 'retention', 'paths'] as const

const overviewSchema = Type.Object(
  {
    type: Type.Literal('overview'),
    project: Type.String(),
    from: Type.Integer(),
    to: Type.Integer(),
    top: Type.Integer({ minimum: 1, maximum: 1_000 }),
    bots: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
)

/** What routes say of a question. `readOpenQuery` checks it: the framework would make 7 of '7' on its way. */
export const openQuery = Type.Object(
  { type: Type.Enum([...openTypes, 'overview']) },
  {
    additionalProperties: true,
    description: 'As POST /query takes it, without `project`; or { type: overview, from, to, top }.',
  },
)

/**
 * A question as it may be shown to anybody who has the link. Throws `invalid_query` for one that breaks the rules, and for
 * one whose answer would name people: their list, or a row for each user, visitor or trait.
 */
export function readOpenQuery(given: unknown, project: string): OpenQuery {
  const body = { ...Object(given), project }
  if (body.type === 'overview') {
    if (!Value.Check(overviewSchema, body) || body.from >= body.to) fail('The overview has from, to and top.')
    return { ...body, bots: body.bots ?? false } as OverviewQuery
  }
  const query = parseQuery(body)
  if (!isOpen(query)) fail(`A ${query.type} names people; it cannot be shared.`)
  if ('breakdown' in query && query.breakdown !== undefined && isPersonal(query.breakdown))
    fail(`A row for each ${query.breakdown} names people; it cannot be shared.`)
  return query
}

function fail(detail: string): never {
  throw new ApiError('invalid_query', detail)
}

const isOpen = (query: AnalysisQuery): query is Exclude<OpenQuery, OverviewQuery> =>
  (openTypes as readonly string[]).includes(query.type)
const isPersonal = (field: Field): boolean =>
  field === 'userId' || field === 'anonymousId' || field.startsWith('traits.')

/** What a visitor may change where the range can be moved. Intervals and periods follow from how long it is. */
const moving = ['from', 'to', 'interval', 'timeZone', 'unit', 'periods']

/** The same text for the same question. */
export function shapeOf(query: OpenQuery, isMovable: boolean): string {
  const fixed = Object.entries(query).filter(([name]) => !(isMovable && moving.includes(name)))
  return digestOf(Object.fromEntries(fixed))
}

/** Finds the question that is asked among those that were allowed. Throws `not_granted`. */
export function demandGranted(
  asked: unknown,
  granted: { project: string; queries: readonly OpenQuery[]; isMovable: boolean },
): OpenQuery {
  const { project, queries, isMovable } = granted
  const named = (Object(asked) as { project?: unknown }).project
  if (named !== undefined && named !== project) throw new ApiError('not_granted')
  const query = readOpenQuery(asked, project)
  const shape = shapeOf(query, isMovable)
  if (!queries.some((each) => shapeOf(each, isMovable) === shape)) throw new ApiError('not_granted')
  return query
}
