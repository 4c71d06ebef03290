import { gunzipSync, gzipSync } from 'node:zlib'
import { createNodeAnalytics, type NodeAnalytics, type NodeAnalyticsOptions } from '../../src/node.ts'
import type { SenderDeps, SpillFolder } from '../../src/server/state.ts'
import { createClock, type TestClock } from './clock.ts'
import { createServer, readRequest, type TestServer } from './server.ts'

/** A process and its way to the collector. */
export interface Process {
  deps: SenderDeps
  /** How long an answer takes. */
  latencyMs: number
  /** The process was killed: nothing of it happens any more. */
  isDead: boolean
  /** The platform ends the timers and requests of whoever has been answered. */
  losesAll: boolean
  random: number
  /** Which requests were packed. */
  gzipped: boolean[]
  underWay: number
  mostUnderWay: number
  /** Receipts that reached the process, as they came: the ids of each. */
  onReceipt: (messageIds: string[]) => void
}

const never = new Promise<never>(() => {})

export function createProcess(clock: TestClock, server: TestServer): Process {
  const isGone = (): boolean => self.isDead || self.losesAll
  async function answer(init: RequestInit): Promise<Response> {
    const isPacked = new Headers(init.headers).get('content-encoding') === 'gzip'
    self.gzipped.push(isPacked)
    const body = Buffer.from(init.body as Uint8Array)
    const text = (isPacked ? gunzipSync(body) : body).toString()
    if (self.latencyMs > 0) await new Promise<void>((resolve) => clock.setTimer(resolve, self.latencyMs))
    const request = readRequest(text, { at: clock.now(), keepalive: false, viaBeacon: false, bytes: body.length })
    const reply = server.handle(request)
    if (isGone()) return never
    if (init.signal?.aborted) throw new Error('aborted') // nobody hears what the server did with it
    if (reply === 'network error') throw new TypeError('fetch failed')
    if (reply === 'silence')
      return new Promise((_, reject) => init.signal?.addEventListener('abort', () => reject(new Error('aborted'))))
    if (reply.status === 200) self.onReceipt(request.events.map(({ messageId }) => messageId))
    return Response.json(reply.body ?? {}, { status: reply.status, headers: reply.headers ?? {} })
  }
  const self: Process = {
    latencyMs: 0,
    isDead: false,
    losesAll: false,
    random: 1,
    gzipped: [],
    underWay: 0,
    mostUnderWay: 0,
    onReceipt: () => {},
    deps: {
      now: clock.now,
      random: () => self.random,
      setTimer: (run, ms) => clock.setTimer(() => isGone() || run(), ms),
      clearTimer: clock.clearTimer,
      async fetch(_url, init) {
        if (isGone()) return never
        self.underWay++
        self.mostUnderWay = Math.max(self.mostUnderWay, self.underWay)
        return answer(init).finally(() => self.underWay--)
      },
      gzip: async (data) => gzipSync(data),
    },
  }
  return self
}

export interface World {
  clock: TestClock
  server: TestServer
  process: Process
  dropped: [event: unknown, reason: string][]
  analytics: NodeAnalytics
}

/** A client on a clock that stands still, and its collector: new ones, or those of a process before. */
export function start(
  options: Partial<NodeAnalyticsOptions> = {},
  { clock = createClock(), server = createServer() }: Partial<World> = {},
  folder?: SpillFolder,
): World {
  const process = createProcess(clock, server)
  const dropped: World['dropped'] = []
  const onDrop = (event: unknown, reason: string): void => void dropped.push([event, reason])
  const given = { writeKey: 'wk', endpoint: 'https://t.example/', onDrop, ...options }
  return { clock, server, process, dropped, analytics: createNodeAnalytics(given, process.deps, folder) }
}

export const track = ({ analytics }: Pick<World, 'analytics'>, count: number, properties = {}): void => {
  for (let index = 0; index < count; index++) analytics.track({ userId: 'u-1', event: 'Event', properties })
}

/** Moves the clock until a promise is settled. */
export async function settled<Result>({ clock }: Pick<World, 'clock'>, promise: Promise<Result>): Promise<Result> {
  let isDone = false
  const done = promise.finally(() => {
    isDone = true
  })
  while (!isDone) await clock.advance(1_000)
  return done
}

export const flushed = (world: World): Promise<boolean> => settled(world, world.analytics.flush())
