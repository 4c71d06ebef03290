import type { AnalysisAnswers, AnalysisQuery } from '@trailstitch/protocol'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { type Static, Type } from 'typebox'
import { toCsv } from '../csv.ts'
import { parseQuery, querySchemas } from '../query-schema.ts'
import { answerShape } from '../shapes.ts'
import { answers, type RouteContext } from './context.ts'

/** Of a question; a long one has some hundred conditions. */
const maxQuestionBytes = 256 * 1024

const format = Type.Object({
  format: Type.Optional(Type.Unsafe<'json' | 'csv'>({ type: 'string', enum: ['json', 'csv'], default: 'json' })),
})

export function registerQuery(app: FastifyInstance, { queries }: RouteContext): void {
  app.post<{ Querystring: Static<typeof format> }>(
    '/query',
    {
      bodyLimit: maxQuestionBytes,
      // The body is checked by parseQuery, whose messages say what is wrong with the one type that was meant.
      validatorCompiler: () => () => true,
      schema: {
        operationId: 'query',
        summary: 'Trends, funnels, retention, paths, segments and properties',
        description:
          'Times of the answer are ms since 1970, unlike in the other routes. An ETag names the answer; If-None-Match spares it. ' +
          'With format=csv the answer is a table.',
        querystring: format,
        body: Type.Union(Object.values(querySchemas)),
        response: answers(answerShape, 'The answer; its form is that of the type'),
      },
    },
    async (request, reply) => {
      const query = parseQuery(request.body)
      const { answer, tag } = await queries.ask(query, signalOfEnd(reply))
      const isCsv = (request.query.format ?? 'json') === 'csv'
      const etag = `"${tag}${isCsv ? '-csv' : ''}"`
      reply.header('etag', etag).header('cache-control', 'private, no-cache')
      if (names(request.headers['if-none-match'], etag)) return reply.code(304).send()
      if (!isCsv) return answer
      const csv = toCsv(query.type, answer as AnalysisAnswers[AnalysisQuery['type']] as never)
      reply.header('content-disposition', `attachment; filename="${query.type}.csv"`)
      // A serializer for JSON would put it in quotes.
      return reply.type('text/csv; charset=utf-8').serializer(String).send(csv)
    },
  )
}

/** Aborted when the connection ends before the answer is out. */
export function signalOfEnd({ raw }: FastifyReply): AbortSignal {
  const end = new AbortController()
  raw.once('close', () => {
    if (!raw.writableEnded) end.abort()
  })
  return end.signal
}

/** Whether a list of tags has this one. Proxies that compress make tags weak, which is no difference here. */
const names = (tags = '', etag: string): boolean =>
  tags.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag)
