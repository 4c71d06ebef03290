import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import * as shapes from '../accounts/shapes.ts'
import { projectOf, roleOf } from '../guard.ts'
import { demandOwn } from '../saved/documents.ts'
import { readEmbedQuery } from '../saved/embedded.ts'
import { expiryOf } from '../saved/expiry.ts'
import { openQuery } from '../saved/scope.ts'
import * as saved from '../saved/shapes.ts'
import * as lists from '../shapes.ts'
import { type AccountContext, answers } from './context.ts'

const maxQueries = 20
const maxBodyBytes = 100 * 1024

const params = Type.Object({ project: shapes.id })
const tokenParams = Type.Object({ project: shapes.id, tokenId: shapes.id })
const tokenBody = Type.Object({
  name: shapes.name,
  queries: Type.Array(openQuery, {
    minItems: 1,
    maxItems: maxQueries,
    description: 'Each with from and to, or with days: the last so many, today included.',
  }),
  origins: Type.Array(
    Type.String({
      maxLength: 300,
      pattern: '^https?://[a-z0-9.-]+(:[0-9]{1,5})?$|^https?://\\[[0-9a-f:]+\\](:[0-9]{1,5})?$',
    }),
    {
      minItems: 1,
      maxItems: 20,
      uniqueItems: true,
      description: 'Of the pages that show the charts: https://app.example.com',
    },
  ),
  expiresAt: Type.Optional(saved.expiresAt),
})

/** Tokens with which pages elsewhere show charts. */
export function registerEmbedTokens(app: FastifyInstance, context: AccountContext): void {
  const { service, deps } = context
  const { embeds } = service.saved

  app.get(
    '/projects/:project/embed-tokens',
    {
      schema: {
        operationId: 'listEmbedTokens',
        summary: 'What pages elsewhere may ask; the tokens themselves are not told again',
        params,
        response: answers(lists.page(saved.embedToken), 'All that work, newest first'),
      },
    },
    async (request) => {
      const all = await embeds.list(projectOf(request).id)
      all.sort((a, b) => b.body.at - a.body.at)
      return { items: all.map(saved.toEmbedToken), nextCursor: null }
    },
  )

  app.post<{ Body: Static<typeof tokenBody> }>(
    '/projects/:project/embed-tokens',
    {
      bodyLimit: maxBodyBytes,
      schema: {
        operationId: 'makeEmbedToken',
        summary: 'Make a token with which pages of some origins ask certain questions; it is told this once',
        params,
        body: tokenBody,
        response: answers(Type.Object({ ...saved.embedToken.properties, token: Type.String() }), 'The token'),
      },
    },
    async (request) => {
      const { name, queries, origins } = request.body
      const project = projectOf(request).id
      const now = deps.now()
      const made = await embeds.make({
        ...{ project, name: name.trim(), origins },
        queries: queries.map((query) => readEmbedQuery(query, project, now)),
        expiresAt: expiryOf(request.body.expiresAt, now),
        madeBy: await context.makerOf(request),
        at: now,
      })
      await context.note(request, 'embed-token.made', made.id, `${made.body.name}: ${origins.join(', ')}`)
      const token = await service.scopedTokens.sign('embed', made.id, made.body.expiresAt)
      return { ...saved.toEmbedToken(made), token }
    },
  )

  registerRevoking(app, context)
}

function registerRevoking(app: FastifyInstance, context: AccountContext): void {
  const { embeds } = context.service.saved
  app.delete<{ Params: Static<typeof tokenParams> }>(
    '/projects/:project/embed-tokens/:tokenId',
    {
      schema: {
        operationId: 'revokeEmbedToken',
        summary: 'Make a token useless, at once; an admin may do so with all',
        params: tokenParams,
        response: answers(shapes.done, 'It is'),
      },
    },
    async (request) => {
      const { tokenId } = request.params
      const project = projectOf(request).id
      const { body } = await embeds.read(project, tokenId)
      demandOwn(body.madeBy, request.caller, roleOf(request))
      await embeds.delete(project, tokenId)
      await context.note(request, 'embed-token.revoked', tokenId, body.name)
      return {}
    },
  )
}
