import type { EventFilter } from '@trailstitch/protocol'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import type { Limit } from '../accounts/throttle.ts'
import { ApiError } from '../errors.ts'
import type { CachedOverview } from '../query-service.ts'
import { currentQuery } from '../saved/embedded.ts'
import { demandGranted, type OpenQuery, openQuery } from '../saved/scope.ts'
import { answerShape } from '../shapes.ts'
import { toOverview } from '../wire.ts'
import { type AccountContext, answers } from './context.ts'
import { signalOfEnd } from './query.ts'

/** Questions with one token, of all pages together. */
export const embedLimit: Limit = { max: 600, windowMs: 60_000 }
const preflightS = 600

const which = Type.Object({
  index: Type.Optional(
    Type.Integer({ minimum: 0, maximum: 19, default: 0, description: 'Place among the questions of the token.' }),
  ),
})

/**
 * Answers pages of other origins. A preflight tells nothing and is answered to all: it has no token, and only that says
 * which origins may read. No cookie counts here, so no other site can use a visitor's sign-in.
 */
export function registerEmbed(app: FastifyInstance, context: AccountContext): void {
  const { deps } = context
  const { admit, answer } = createAnswering(context)
  registerPreflight(app)

  app.get<{ Querystring: Static<typeof which> }>(
    '/embed/query',
    {
      schema: {
        operationId: 'getEmbedded',
        summary: 'The answer to one of the questions of an embed token, by its place',
        querystring: which,
        response: answers(answerShape, 'The answer; its form is that of the type, which `type` tells'),
      },
    },
    async (request, reply) => {
      const embed = await admit(request, reply)
      const chosen = embed.queries[request.query.index ?? 0]
      if (!chosen) throw new ApiError('not_granted')
      const query = currentQuery(chosen, deps.now())
      return { type: query.type, question: describe(query), ...(await answer(query, reply)) }
    },
  )

  app.post(
    '/embed/query',
    {
      bodyLimit: 64 * 1024,
      // The body is checked by demandGranted, whose messages say what is wrong.
      validatorCompiler: () => () => true,
      schema: {
        operationId: 'queryEmbedded',
        summary: 'One of the questions of an embed token, as a whole',
        body: openQuery,
        response: answers(answerShape, 'The answer; its form is that of the type'),
      },
    },
    async (request, reply) => {
      const { project, queries: granted } = await admit(request, reply)
      const current = granted.map((each) => currentQuery(each, deps.now()))
      return answer(demandGranted(request.body, { project, queries: current, isMovable: false }), reply)
    },
  )
}

function registerPreflight(app: FastifyInstance): void {
  app.options(
    '/embed/query',
    {
      schema: {
        operationId: 'preflightEmbed',
        summary: 'What browsers ask before they ask',
        response: answers(Type.Object({}), 'They may ask; whether they may read is told by the answer'),
      },
    },
    async (_request, reply) => {
      reply.headers({
        'access-control-allow-origin': '*',
        'access-control-allow-methods': 'GET, POST',
        'access-control-allow-headers': 'authorization, content-type',
        'access-control-max-age': String(preflightS),
      })
      return {}
    },
  )
}

function createAnswering({ service, projects, queries }: AccountContext) {
  /** Throws `unknown_link`, and `not_granted` for pages elsewhere. */
  const admit = async (request: FastifyRequest, reply: FastifyReply) => {
    const { origin, authorization } = request.headers
    const id = await service.scopedTokens.read('embed', authorization)
    const embed = id === undefined ? undefined : await service.saved.embeds.find(id)
    if (id === undefined || !embed || !projects.byId(embed.project)) throw new ApiError('unknown_link')
    if (origin === undefined || !embed.origins.includes(origin)) throw new ApiError('not_granted')
    reply.headers({
      'access-control-allow-origin': origin,
      'cross-origin-resource-policy': 'cross-origin',
      vary: 'origin, authorization',
    })
    await service.throttle.take(`embed:${id}`, embedLimit, 'rate_limited')
    return embed
  }
  const answer = async (query: OpenQuery, reply: FastifyReply) => {
    const asked = await queries.ask(query, signalOfEnd(reply))
    return query.type === 'overview' ? toOverview(query.project, asked.answer as CachedOverview) : asked.answer
  }
  return { admit, answer }
}

/** What a chart has to know of its question: names, and how its axis is divided. */
function describe(query: OpenQuery): object {
  const timeZone = 'timeZone' in query ? query.timeZone : undefined
  const common = { from: query.from, to: query.to, timeZone: timeZone ?? 'UTC' }
  if (query.type === 'trend') return { ...common, interval: query.interval, series: query.series.map(nameOf) }
  if (query.type === 'funnel') return { ...common, steps: query.steps.map(nameOf) }
  if (query.type === 'retention') return { ...common, unit: query.unit, brackets: query.brackets ?? null }
  return common
}

/** A page by its path, anything else by its event. Other conditions are nobody's business on other pages. */
function nameOf({ event, where = [], measure }: EventFilter & { measure?: string }): string {
  const paths = where.find(({ field, operator }) => field === 'path' && operator === 'is')?.values
  return [paths?.join(', ') ?? event ?? (measure ? '' : 'Anything'), measure].filter(Boolean).join(': ')
}
