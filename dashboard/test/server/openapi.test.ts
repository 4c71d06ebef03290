import { readFileSync } from 'node:fs'
import { Validator } from '@seriousme/openapi-schema-validator'
import Fastify, { type RouteOptions } from 'fastify'
import { expect, test } from 'vitest'
import { permissions } from '../../src/server/accounts/permissions.ts'
import { apiPlugin } from '../../src/server/api.ts'
import { createAccountsOptions } from './accounts/rig.ts'
import { createOptions, token } from './scripted.ts'

interface Operation {
  operationId: string
  summary: string
  parameters?: { name: string; in: string }[]
  responses: Record<string, { content?: Record<string, { schema: { properties?: Record<string, unknown> } }> }>
}
interface Document {
  openapi: string
  paths: Record<string, Record<string, Operation>>
}

async function readDocument() {
  const routes: string[] = []
  const app = Fastify()
  app.addHook('onRoute', ({ method, url }: RouteOptions) => {
    for (const one of [method].flat())
      if (one !== 'HEAD') routes.push(`${one.toLowerCase()} ${url.replace(/:(\w+)/g, '{$1}')}`)
  })
  await app.register(apiPlugin, { ...createOptions({}), accounts: await createAccountsOptions() })
  const response = await app.inject({ url: '/api/v1/openapi.json', headers: { authorization: `Bearer ${token}` } })
  return { routes, document: response.json() as Document }
}

test('the document is valid OpenAPI 3.1', async () => {
  const { document } = await readDocument()
  expect(document.openapi).toBe('3.1.0')
  const { valid, errors } = await new Validator().validate(structuredClone(document) as never)
  expect([valid, errors]).toEqual([true, undefined])
})

/** Lead browsers to another page. */
const redirects = ['get /api/v1/auth/oidc/start', 'get /api/v1/auth/oidc/callback']
/** Answered before all of it is done. */
const goesOnLater = [
  'delete /api/v1/projects/{project}',
  'post /api/v1/auth/forgot',
  'post /api/v1/people/{profileId}/unlink',
  'post /api/v1/people/{profileId}/erase',
]

test('every route is in the document, with its answers and errors', async () => {
  const { routes, document } = await readDocument()
  const documented = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ name: `${method} ${path}`, operation })),
  )
  expect(routes.length).toBeGreaterThanOrEqual(30)
  expect(documented.map(({ name }) => name).sort()).toEqual(routes.sort())
  for (const { name, operation } of documented) {
    expect([name, operation.summary, operation.operationId]).not.toContain(undefined)
    const [good, ...errors] = Object.keys(operation.responses)
    const expected = redirects.includes(name) ? '302' : goesOnLater.includes(name) ? '202' : '200'
    expect([name, good]).toEqual([name, expected])
    expect([name, errors]).toEqual([name, ['400', '401', '403', '404', '409', '429', '500', '503']])
    for (const [status, { content }] of Object.entries(operation.responses))
      if (status !== '302') expect([name, Object.values(content ?? {})[0]?.schema]).not.toContain(undefined)
    const inPath = [...name.matchAll(/\{(\w+)\}/g)].map((match) => match[1])
    const parameters = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path')
    expect(parameters.map((parameter) => parameter.name)).toEqual(inPath)
  }
})

test('the shapes that scripts rely on are documented', async () => {
  const { document } = await readDocument()
  const fields = (path: string) => {
    const properties = document.paths[path]?.get?.responses['200']?.content?.['application/json']?.schema
      .properties as Record<string, { items: { properties: object } }>
    return Object.keys(properties.items?.items.properties ?? properties)
  }
  const journey = [
    'messageId',
    'type',
    'name',
    'timestamp',
    'receivedAt',
    'anonymousId',
    'userId',
    'sessionId',
    'properties',
  ]
  const session = ['sessionId', 'anonymousId', 'start', 'end', 'events', 'pages', 'channel', 'entry', 'exit', 'device']
  const person = ['profileId', 'userIds', 'anonymousIds', 'traits', 'firstSeen', 'lastSeen']
  const ledger = ['received', 'stored', 'duplicate', 'rejected', 'dead', 'inFlight', 'balanced']
  expect(fields('/api/v1/people')).toEqual(expect.arrayContaining(person))
  expect(fields('/api/v1/people/{profileId}/journey')).toEqual(expect.arrayContaining(journey))
  expect(fields('/api/v1/people/{profileId}/sessions')).toEqual(expect.arrayContaining(session))
  expect(fields('/api/v1/ledger')).toEqual(expect.arrayContaining(ledger))
})

/** `GET /people/PROFILE/journey` for `GET /people/:profileId/journey`, and for the same with `{profileId}`. */
const written = (route: string): string =>
  route.replace(/:(\w+)|\{(\w+)\}/g, (...[, one, other]: (string | undefined)[]) =>
    (one ?? other ?? '').replace(/Id$/, '').replace(/[A-Z]/g, '_$&').toUpperCase(),
  )

const whoIs = (needs: string): string =>
  ({ public: 'anybody', known: 'whoever may see anything', 'owner-somewhere': 'owner of any project' })[needs] ?? needs

test('docs/api.md has a row for every route: who may call it, what a key needs, and what the document says of it', async () => {
  const { document } = await readDocument()
  const summaries = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { summary }]) => {
      const name = `${method.toUpperCase()} ${path.replace('/api/v1', '')}`
      return [written(name), summary] as const
    }),
  )
  const summaryOf = new Map(summaries)
  const expected = Object.entries(permissions).map(([route, { needs, scope = '–' }]) => {
    const name = written(route)
    return `| \`${name}\` | ${whoIs(needs)} | ${scope} | ${summaryOf.get(name)} |`
  })
  const text = readFileSync(new URL('../../../docs/api.md', import.meta.url), 'utf8')
  const rows = text.split('\n').filter((line) => /^\| `[A-Z]+ \//.test(line))
  expect(expected.length).toBeGreaterThanOrEqual(70)
  expect(rows.sort()).toEqual(expected.sort())
})
