import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import type { ApiKey } from '../accounts/documents.ts'
import * as shapes from '../accounts/shapes.ts'
import { ApiError } from '../errors.ts'
import { projectOf } from '../guard.ts'
import { compact, parseTime } from '../params.ts'
import * as lists from '../shapes.ts'
import { toIso } from '../wire.ts'
import { type AccountContext, answers } from './context.ts'

const params = Type.Object({ project: shapes.id })
const keyParams = Type.Object({ project: shapes.id, keyId: shapes.id })
const keyBody = Type.Object({
  name: shapes.name,
  scopes: Type.Array(shapes.scope, { minItems: 1, maxItems: 3, uniqueItems: true }),
  expiresAt: Type.Optional(Type.String({ maxLength: 64, description: 'ISO 8601 with zone. Default: never.' })),
})

export function registerApiKeys(app: FastifyInstance, context: AccountContext): void {
  const { service, deps } = context

  app.get(
    '/projects/:project/api-keys',
    {
      schema: {
        operationId: 'listApiKeys',
        summary: 'The API keys of the project, without their secrets',
        params,
        response: answers(lists.page(shapes.apiKey), 'All keys that have not expired'),
      },
    },
    async (request) => ({ items: (await service.keys.list(projectOf(request).id)).map(toApiKey), nextCursor: null }),
  )

  app.post<{ Body: Static<typeof keyBody> }>(
    '/projects/:project/api-keys',
    {
      schema: {
        operationId: 'makeApiKey',
        summary: 'Make an API key; it is told this once',
        params,
        body: keyBody,
        response: answers(Type.Object({ ...shapes.apiKey.properties, key: Type.String() }), 'The key'),
      },
    },
    async (request) => {
      const { name, scopes } = request.body
      const expiresAt = parseTime('expiresAt', request.body.expiresAt)
      if (expiresAt !== undefined && expiresAt <= deps.now())
        throw new ApiError('invalid_request', '"expiresAt" is over already.')
      const made = await service.keys.make(compact({ project: projectOf(request).id, name, scopes, expiresAt }))
      await context.note(request, 'api-key.made', made.id, `${name}: ${scopes.join(', ')}`)
      return { ...toApiKey(made), key: made.key }
    },
  )

  app.delete<{ Params: Static<typeof keyParams> }>(
    '/projects/:project/api-keys/:keyId',
    {
      schema: {
        operationId: 'deleteApiKey',
        summary: 'Make an API key useless, at once',
        params: keyParams,
        response: answers(shapes.done, 'It is'),
      },
    },
    async (request) => {
      const { keyId } = request.params
      const { name } = await service.keys.delete(projectOf(request).id, keyId)
      await context.note(request, 'api-key.deleted', keyId, name)
      return {}
    },
  )
}

const toApiKey = ({ id, body: { name, scopes, createdAt, expiresAt } }: { id: string; body: ApiKey }) => ({
  id,
  name,
  scopes,
  createdAt: toIso(createdAt),
  expiresAt: expiresAt === undefined ? null : toIso(expiresAt),
})
