import { gunzipSync, gzipSync } from 'node:zlib'
import { createNodeAnalytics, type NodeAnalytics, type NodeAnalyticsOptions } from '../../src/node.ts'
import { createClock, type TestClock } from './clock.ts'
import { createServer, readRequest, type TestServer } from './server.ts'

export interface World {
  clock: TestClock
  server: TestServer
  gzipped: boolean[]
  dropped: [event: unknown, reason: string][]
  analytics: NodeAnalytics
}

/** A client on a clock that stands still, and its collector. */
export function start(options: Partial<NodeAnalyticsOptions> = {}): World {
  const clock = createClock()
  const server = createServer()
  const gzipped: boolean[] = []
  const dropped: World['dropped'] = []
  const fetch = async (_url: string, init: RequestInit): Promise<Response> => {
    const packed = new Headers(init.headers).get('content-encoding') === 'gzip'
    gzipped.push(packed)
    const body = Buffer.from(init.body as Uint8Array)
    const text = (packed ? gunzipSync(body) : body).toString()
    const reply = server.handle(
      readRequest(text, {
        at: clock.now(),
        keepalive: false,
        viaBeacon: false,
        bytes: body.length,
      }),
    )
    if (reply === 'network error') throw new TypeError('fetch failed')
    if (reply === 'silence')
      return new Promise((_, reject) => init.signal?.addEventListener('abort', () => reject(new Error('aborted'))))
    return Response.json(reply.body ?? {}, { status: reply.status, headers: reply.headers ?? {} })
  }
  const analytics = createNodeAnalytics(
    {
      writeKey: 'wk',
      endpoint: 'https://t.example/',
      onDrop: (event, reason) => dropped.push([event, reason]),
      ...options,
    },
    { ...clock, random: () => 1, fetch, gzip: async (data) => gzipSync(data) },
  )
  return { clock, server, gzipped, dropped, analytics }
}

export const track = ({ analytics }: World, count: number, properties = {}): void => {
  for (let index = 0; index < count; index++) analytics.track({ userId: 'u-1', event: 'Event', properties })
}

/** Moves the clock until everything is settled. */
export async function flushed({ analytics, clock }: World): Promise<void> {
  let isDone = false
  const done = analytics.flush().then(() => {
    isDone = true
  })
  while (!isDone) await clock.advance(1_000)
  await done
}
