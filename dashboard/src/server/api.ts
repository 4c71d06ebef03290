import swagger from '@fastify/swagger'
import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import { Type } from 'typebox'
import { createAccountContext } from './account-context.ts'
import { createAccess } from './accounts/access.ts'
import { createAccountService } from './accounts/service.ts'
import { ApiError, createErrorHandler, sendError } from './errors.ts'
import { guard } from './guard.ts'
import { setApiHeaders } from './headers.ts'
import { createLiveHub } from './live.ts'
import { createOperator } from './operator.ts'
import { type DashboardOptions, systemTimer } from './options.ts'
import { createQueryService } from './query-service.ts'
import { createReplay } from './replay.ts'
import { registerAnnotations } from './routes/annotations.ts'
import { registerApiKeys } from './routes/api-keys.ts'
import { registerAudit } from './routes/audit.ts'
import { registerAuth } from './routes/auth.ts'
import { registerBooks } from './routes/books.ts'
import { type AccountContext, answers, type RouteContext } from './routes/context.ts'
import { registerDemo } from './routes/demo.ts'
import { registerEmbed } from './routes/embed.ts'
import { registerEmbedTokens } from './routes/embed-tokens.ts'
import { registerErasures } from './routes/erasures.ts'
import { registerEvents } from './routes/events.ts'
import { registerExcludes } from './routes/excludes.ts'
import { registerExport } from './routes/export.ts'
import { registerFigures } from './routes/figures.ts'
import { registerIdentity } from './routes/identity.ts'
import { registerLive } from './routes/live.ts'
import { registerMe } from './routes/me.ts'
import { registerMembers } from './routes/members.ts'
import { registerOidc } from './routes/oidc.ts'
import { registerPeople } from './routes/people.ts'
import { registerProjects } from './routes/projects.ts'
import { registerQuery } from './routes/query.ts'
import { registerRemovals } from './routes/removals.ts'
import { registerReplay } from './routes/replay.ts'
import { registerReports } from './routes/reports.ts'
import { registerSecondFactor } from './routes/second-factor.ts'
import { registerShared } from './routes/shared.ts'
import { registerShares } from './routes/shares.ts'
import { registerWriteKeys } from './routes/write-keys.ts'

/** Where the API lives, in any app it is registered in. */
export const apiPrefix = '/api/v1'

const openApi = {
  openapi: '3.1.0' as const,
  info: {
    title: 'Trailstitch API',
    version: '1.0.0',
    description:
      'Questions about stored events, and who may ask them. Lists answer { items, nextCursor }; give nextCursor as cursor for the next page. ' +
      'Times are ISO 8601, UTC. Bodies are JSON. Errors answer { code, message }. Fields may be added; those listed stay.',
    license: { name: 'MIT', identifier: 'MIT' },
  },
  servers: [{ url: '/' }],
  components: { securitySchemes: { token: { type: 'http' as const, scheme: 'bearer' } } },
  security: [{ token: [] }],
}

/**
 * The read API as a Fastify plugin: routes under /api/v1 with their own checks, headers and error answers, none of which
 * reach the rest of the app. Profile ids can be long: give the app a `maxParamLength` of 8,192 or so.
 * Throws `invalid_options` when the token is empty.
 */
export const apiPlugin: FastifyPluginAsync<DashboardOptions> = async (app, options) => {
  const { store, deps, projects, adminToken, timer = systemTimer } = options
  const service = options.accounts && (await createAccountService(options.accounts, projects, deps))
  const access = createAccess({ projects, adminToken, ...(service && { accounts: service }) })
  const hub = createLiveHub({ store, timer, log: deps.log })
  const context: RouteContext = { ...options, hub, queries: createQueryService(options), access }
  const accounts = service && createAccountContext(context, service)
  const operator = createOperator(options)
  const replay = createReplay(options, operator)

  const routes: FastifyPluginAsync = async (api) => {
    // Under a name of its own: the app around may have a document, too.
    await api.register(swagger, { openapi: openApi, decorator: 'trailstitchApi' })
    // Forms of other sites can send text without asking first; JSON they cannot.
    api.removeContentTypeParser('text/plain')
    api.addHook('onRequest', async (_request, reply) => setApiHeaders(reply))
    guard(api, access, async (request, action) => accounts?.noteRead(request, action))
    // Open streams would hold up the end of the app.
    api.addHook('preClose', async () => hub.close())
    api.addHook('onClose', async () => void (await Promise.all([accounts?.settled(), operator.close()])))
    api.setErrorHandler(createErrorHandler(deps.log))
    api.setNotFoundHandler((_request, reply) => sendError(reply, new ApiError('not_found')))
    registerPeople(api, context)
    registerIdentity(api, { ...context, operator, note: accounts?.note })
    registerFigures(api, context)
    registerLive(api, context)
    registerBooks(api, context)
    registerEvents(api, context)
    registerExport(api, context)
    registerReplay(api, { replay, note: accounts?.note })
    registerQuery(api, context)
    if (accounts) {
      registerAccounts(api, accounts)
      registerDemo(api, accounts, operator)
    }
    registerDocument(api)
  }
  await app.register(routes, { prefix: apiPrefix })
}

function registerAccounts(api: FastifyInstance, context: AccountContext): void {
  registerAuth(api, context)
  registerOidc(api, context)
  registerMe(api, context)
  registerSecondFactor(api, context)
  registerProjects(api, context)
  registerRemovals(api, context)
  registerWriteKeys(api, context)
  registerExcludes(api, context)
  registerErasures(api, context)
  registerMembers(api, context)
  registerApiKeys(api, context)
  registerAudit(api, context)
  registerReports(api, context)
  registerAnnotations(api, context)
  registerShares(api, context)
  registerShared(api, context)
  registerEmbedTokens(api, context)
  registerEmbed(api, context)
}

function registerDocument(api: FastifyInstance): void {
  api.get(
    '/openapi.json',
    {
      schema: {
        operationId: 'getOpenApi',
        summary: 'This document',
        response: answers(Type.Object({}, { additionalProperties: true }), 'OpenAPI 3.1'),
      },
    },
    async () => api.trailstitchApi(),
  )
}

declare module 'fastify' {
  interface FastifyInstance {
    trailstitchApi: FastifyInstance['swagger']
  }
}
