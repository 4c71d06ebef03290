import { createCollectorApp } from '@trailstitch/collector'
import { createDashboardApp } from '@trailstitch/dashboard'
import { Type } from 'typebox'
import { type Command, defineCommand } from '../command.ts'
import { createHistory } from '../demo/history.ts'
import { say } from '../io.ts'
import { createServiceAccounts } from '../run/accounts.ts'
import { openDataFolder } from '../run/data-folder.ts'
import { chartScript } from '../run/files.ts'
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

export const collector: Command = defineCommand(
  {
    name: 'collector',
    summary: 'run only the collector: take events and put them into the queue',
    configKeys: [
      ...(['port', 'host', 'data', 'writeKey', 'queueUrl', 'kvUrl', 'blobUrl', 'directoryUrl', 'publicUrl'] as const),
      ...(['trustProxy', 'requestsPerMinutePerKey', 'requestsPerMinutePerIp', 'maxInFlightBytes', 'logLevel'] as const),
    ],
    examples: [
      'trailstitch collector --host 0.0.0.0 --data /var/lib/trailstitch',
      'QUEUE_URL=sqlite:./data/queue.db trailstitch collector --port 4801',
    ],
  },
  Type.Object({}),
  ({ config, io }) =>
    runService(io, async (lifecycle) => {
      const folder = openDataFolder(config)
      const queue = await openServiceQueue(config, io, lifecycle)
      const kv = await openServiceKv(config, io, lifecycle)
      const overflow = await openServiceOverflow(config, io, lifecycle)
      const live = await openServiceProjects(config, folder, io, lifecycle)
      const app = await createCollectorApp({
        ...collectorOptions(config, { queue, kv, overflow }, live, io),
        trustProxy: config.trustProxy,
      })
      lifecycle.add('http', () => app.close())
      say(io, `ready ${await listen(app, config)}`)
    }),
)

export const processor: Command = defineCommand(
  {
    name: 'processor',
    summary: 'run only processors: take events from the queue and stitch them',
    details: [
      'Any number of processes with any number of threads can work on one queue and one store. Each also brings back into',
      'the queue what collectors had to put elsewhere while it was down.',
    ].join('\n'),
    configKeys: [
      ...(['workers', 'data', 'queueUrl', 'storeUrl', 'kvUrl', 'directoryUrl', 'blobUrl'] as const),
      ...(['countryFile', 'dedupeDays', 'maxReceives', 'logLevel'] as const),
    ],
    examples: ['trailstitch processor', 'trailstitch processor --workers 4 --data /var/lib/trailstitch'],
  },
  Type.Object({}),
  ({ config, io }) =>
    runService(io, async (lifecycle) => {
      const queue = await openServiceQueue(config, io, lifecycle)
      const kv = await openServiceKv(config, io, lifecycle)
      const overflow = await openServiceOverflow(config, io, lifecycle)
      const live = await openServiceProjects(config, openDataFolder(config), io, lifecycle)
      await startServiceProcessors(config, live, io, lifecycle)
      startServiceRedriver({ queue, kv, overflow }, io, lifecycle)
      say(io, 'ready')
    }),
)

export const dashboard: Command = defineCommand(
  {
    name: 'dashboard',
    summary: 'run only the dashboard and its API: read what is stored',
    configKeys: [
      ...(['port', 'host', 'data', 'adminToken', 'queueUrl', 'storeUrl', 'kvUrl', 'blobUrl'] as const),
      ...(['directoryUrl', 'authSecret', 'dashboardUrl', 'smtpUrl', 'mailFrom'] as const),
      ...(['oidcIssuer', 'oidcClientId', 'oidcClientSecret', 'oidcName', 'oidcDomains', 'logLevel'] as const),
    ],
    examples: ['trailstitch dashboard --port 4802', 'TRAILSTITCH_ADMIN_TOKEN=secret trailstitch dashboard'],
  },
  Type.Object({}),
  ({ config, io }) =>
    runService(io, async (lifecycle) => {
      const folder = openDataFolder(config)
      const { adminToken } = folder
      const live = await openServiceProjects(config, folder, io, lifecycle)
      const { projects } = live
      const queue = await openServiceQueue(config, io, lifecycle)
      const overflow = await openServiceOverflow(config, io, lifecycle)
      const store = await openServiceStore(config, io, lifecycle)
      const kv = await openServiceKv(config, io, lifecycle)
      const accounts = createServiceAccounts({ config, live, folder, kv }, io, lifecycle)
      const books = { store, queue, ...(overflow && { overflow }) }
      const app = await createDashboardApp({
        ...books,
        kv,
        projects,
        adminToken,
        ...(accounts.options && { accounts: accounts.options }),
        demo: createHistory,
        deps: io.deps,
        chartScript,
      })
      lifecycle.add('http', () => app.close())
      const url = await listen(app, config)
      const link = await accounts.listening(url)
      if (link !== undefined) say(io, `set up ${link}`)
      say(io, `ready ${url}`)
    }),
)
