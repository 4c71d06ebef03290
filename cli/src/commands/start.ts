import { collectorPlugin } from '@trailstitch/collector'
import { apiPlugin, pagePlugin } from '@trailstitch/dashboard'
import { errorTable } from '@trailstitch/protocol'
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { type Command, defineCommand } from '../command.ts'
import type { Config } from '../config.ts'
import { createHistory } from '../demo/history.ts'
import { type Io, say } from '../io.ts'
import { formatColumns } from '../output.ts'
import { createServiceAccounts } from '../run/accounts.ts'
import { type DataFolder, openDataFolder } from '../run/data-folder.ts'
import { demoShopPlugin } from '../run/demo-shop.ts'
import { chartScript, demoShopFolder, sdkFolder } from '../run/files.ts'
import { runService } from '../run/lifecycle.ts'
import { listen } from '../run/listen.ts'
import {
  collectorOptions,
  openServiceKv,
  openServiceOverflow,
  openServiceProjects,
  openServiceQueue,
  openServiceStore,
  startServiceProcessors,
  startServiceRedriver,
} from '../run/services.ts'

export const start: Command = defineCommand(
  {
    name: 'start',
    summary: 'run everything in one process on one port',
    details: [
      'Collector, processor, dashboard and a demo shop. Everything is kept in the data folder; no other service is',
      'needed. SIGTERM or Ctrl-C stops it within 30 seconds with nothing lost; a second one stops it at once.',
    ].join('\n'),
    configKeys: [
      ...([
        'port',
        'host',
        'data',
        'writeKey',
        'adminToken',
        'workers',
        'publicUrl',
        'trustProxy',
        'countryFile',
      ] as const),
      ...([
        'queueUrl',
        'storeUrl',
        'kvUrl',
        'directoryUrl',
        'blobUrl',
        'authSecret',
        'dashboardUrl',
        'smtpUrl',
        'mailFrom',
        'oidcIssuer',
        'oidcClientId',
        'oidcClientSecret',
        'oidcName',
        'oidcDomains',
        'dedupeDays',
        'maxReceives',
        'requestsPerMinutePerKey',
      ] as const),
      ...(['requestsPerMinutePerIp', 'maxInFlightBytes', 'logLevel'] as const),
    ],
    examples: [
      'trailstitch start',
      'trailstitch start --port 8080 --host 0.0.0.0 --data /var/lib/trailstitch',
      'TRAILSTITCH_ADMIN_TOKEN=secret trailstitch start --write-key wk_my_site',
    ],
  },
  Type.Object({}),
  ({ config, io }) =>
    runService(io, async (lifecycle) => {
      const folder = openDataFolder(config)
      const queue = await openServiceQueue(config, io, lifecycle)
      const kv = await openServiceKv(config, io, lifecycle)
      const overflow = await openServiceOverflow(config, io, lifecycle)
      // The processors make the store's file; the reader comes after them and goes before them.
      const live = await openServiceProjects(config, folder, io, lifecycle)
      await startServiceProcessors(config, live, io, lifecycle)
      startServiceRedriver({ queue, kv, overflow }, io, lifecycle)
      const store = await openServiceStore(config, io, lifecycle)
      const accounts = createServiceAccounts({ config, live, folder, kv }, io, lifecycle)
      const app = createStartApp(config)
      lifecycle.add('http', () => app.close())
      await app.register(collectorPlugin, collectorOptions(config, { queue, kv, overflow }, live, io))
      const { adminToken } = folder
      const { projects } = live
      const books = { store, queue, ...(overflow && { overflow }) }
      await app.register(apiPlugin, {
        ...books,
        kv,
        projects,
        adminToken,
        ...(accounts.options && { accounts: accounts.options }),
        demo: createHistory,
        deps: io.deps,
      })
      await app.register(pagePlugin, { deps: io.deps, chartScript })
      const hasDemo = await registerDemoShop(app, config, folder)
      const url = await listen(app, config)
      const setup = await accounts.listening(url)
      say(io, formatBanner({ url, config, folder, hasDemo, setup }, io))
      say(io, `ready ${url}`)
    }),
)

/** Longer than what any browser keeps a connection open for behind a load balancer. */
const keepAliveMs = 72_000
/** For answers that are still under way when it stops. */
const stopGraceMs = 20_000

function createStartApp(config: Config): FastifyInstance {
  const app = Fastify({
    logger: false,
    trustProxy: config.trustProxy,
    keepAliveTimeout: keepAliveMs,
    requestTimeout: 30_000,
    return503OnClosing: false, // the collector's own answer is coded
    frameworkErrors: answerUnreadable,
    routerOptions: { maxParamLength: 8192, ignoreTrailingSlash: true },
  })
  app.setNotFoundHandler((_request, reply) => {
    const { status, message } = errorTable.not_found
    return reply.code(status).send({ success: false, code: 'not_found', message })
  })
  app.addHook('preClose', async () => {
    // A client that reads or writes nothing would hold the server open for ever.
    setTimeout(() => app.server.closeAllConnections(), stopGraceMs).unref()
  })
  return app
}

/** For requests that no route gets to see, such as one with a broken escape in its path. */
function answerUnreadable(error: FastifyError, _request: FastifyRequest, reply: FastifyReply): void {
  reply.code(error.statusCode ?? 400).send({ success: false, code: 'malformed_request', message: error.message })
}

async function registerDemoShop(app: FastifyInstance, config: Config, folder: DataFolder): Promise<boolean> {
  const files = demoShopFolder()
  const writeKey = shownKey(config, folder)
  if (files === undefined) return false
  // biome-ignore lint/nursery/noMisusedPromises: Fastify awaits plugins; the rule sees the overload for callbacks alone.
  await app.register(demoShopPlugin, { folder: files, sdkFolder, writeKey, endpoint: config.publicUrl })
  return true
}

const shownKey = ({ writeKey }: Config, { list }: DataFolder): string => writeKey ?? list[0]?.writeKeys[0] ?? ''

interface Banner {
  url: string
  config: Config
  folder: DataFolder
  hasDemo: boolean
  setup: string | undefined
}

function formatBanner({ url, config, folder, hasDemo, setup }: Banner, { style }: Io): string {
  const writeKey = shownKey(config, folder)
  const body = `{"type":"track","event":"Hello","anonymousId":"me"}`
  const rows: [string, string][] = [
    ['dashboard', `${url}/#token=${encodeURIComponent(folder.adminToken)}`],
    ...(setup === undefined ? [] : [['set up', setup] as [string, string]]),
    ['write key', writeKey],
    ...(hasDemo ? [['demo shop', `${url}/demo/`] as [string, string]] : []),
    ['data', config.data],
  ]
  return [
    '',
    style.bold('Trailstitch is running'),
    formatColumns(rows),
    '',
    '  Send an event:',
    `  curl ${url}/v1/track -u ${shellQuote(`${writeKey}:`)} -H 'content-type: application/json' -d '${body}'`,
    '',
  ].join('\n')
}

/** Keys are printable ASCII, so anything but a plain word goes into single quotes. */
const shellQuote = (text: string): string => (/^[\w.:@-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`)
