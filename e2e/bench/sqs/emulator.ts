// SQS as this machine can have it: fauxqs in memory, and before it a proxy that counts, in a process of their own.
import { setTimeout as sleep } from 'node:timers/promises'
import { openQueue, systemDeps } from '@trailstitch/backends'
import { buildApp } from 'fauxqs'
import { createSqsServer } from '../../../backends/test/fixtures/sqs.ts'
import { createSqsProxy } from '../../../backends/test/fixtures/sqs-proxy.ts'
import { serveParent } from '../lib/worker.ts'
import type { CountedRequest } from './units.ts'

export interface EmulatorRequest {
  /** Answer only once the queue holds nothing, waiting or leased. */
  whenEmpty?: boolean
  /** Time that each request by way of the proxy takes on top, from here on. */
  delayMs?: number
}
export interface EmulatorReply {
  /** Of a queue with one for its dead letters behind it. */
  queueUrl: string
  /** The same queue by way of the proxy. */
  countedUrl: string
  /** CPU time of the process so far. */
  cpuMs: number
  /** What has come by way of the proxy since the answer before. */
  requests: CountedRequest[]
}

const lookMs = 50

const emulator = buildApp({ logger: false })
const endpoint = await emulator.listen({ host: '127.0.0.1', port: 0 })
const server = createSqsServer(endpoint)
const name = await server.create()
const queue = await openQueue(server.urlOf(name), systemDeps)
const proxy = await createSqsProxy(endpoint)

async function waitUntilEmpty(): Promise<void> {
  for (let left = 1; left > 0; ) {
    const { waiting, leased } = await queue.depth()
    left = waiting + leased
    if (left > 0) await sleep(lookMs)
  }
}

serveParent<EmulatorRequest, EmulatorReply>(async ({ whenEmpty, delayMs }) => {
  if (whenEmpty) await waitUntilEmpty()
  if (delayMs !== undefined) proxy.judge(() => ({ kind: 'pass', ...(delayMs > 0 && { afterMs: delayMs }) }))
  const { user, system } = process.cpuUsage()
  const requests = proxy.requests.splice(0).map(({ action, body, messageBytes }) => ({
    action,
    entries: body.Entries?.length ?? 0,
    messageBytes,
  }))
  const urls = { queueUrl: server.urlOf(name), countedUrl: server.urlOf(name, proxy.endpoint) }
  return { ...urls, cpuMs: (user + system) / 1000, requests }
})
