import type { WireEvent } from '@trailstitch/protocol'
import { Type } from 'typebox'
import { type Command, type Context, defineCommand } from '../command.ts'
import { createHttpSender, demoPart, type SendEvents } from '../demo/send.ts'
import { createTraffic, type Delivery } from '../demo/traffic.ts'
import { CliError } from '../errors.ts'
import { type Io, pause, say } from '../io.ts'
import { createProgress, formatCount } from '../output.ts'
import { openDataFolder } from '../run/data-folder.ts'
import { urlOf } from '../run/listen.ts'
import { findProject, openPipeline } from '../run/pipeline.ts'

const optionsSchema = Type.Object({
  rate: Type.Number({ description: 'events a second', minimum: 0.001, maximum: 20_000, default: 10 }),
  seed: Type.String({ description: 'the same seed gives the same traffic', default: '1' }),
  events: Type.Optional(Type.Integer({ description: 'stop after so many events', minimum: 1 })),
  duration: Type.Optional(
    Type.String({
      description: 'stop after this time, such as 90s, 10m or 2h',
      pattern: '^\\d+(\\.\\d+)?(s|m|h)$',
      shape: 'a number with s, m or h behind it',
      examples: ['10m'],
    }),
  ),
  start: Type.Optional(
    Type.String({ description: 'time of the first event, ISO 8601; default: now', examples: ['2026-01-01T00:00:00Z'] }),
  ),
  url: Type.Optional(
    Type.String({
      description: 'collector to send to; default: --host and --port',
      pattern: '^https?://',
      shape: 'an address with http:// or https://',
    }),
  ),
  direct: Type.Boolean({ description: 'without a collector: into the queue, and process it', default: false }),
  fast: Type.Boolean({ description: 'do not wait between events', default: false }),
  print: Type.Boolean({ description: 'print the events as JSON lines instead of sending them', default: false }),
  project: Type.Optional(Type.String({ description: 'project; default: the first one' })),
})

interface DemoOptions {
  rate: number
  seed: string
  events?: number
  duration?: string
  start?: string
  url?: string
  direct: boolean
  fast: boolean
  print: boolean
  project?: string
}

export const demo: Command = defineCommand(
  {
    name: 'demo',
    summary: 'make believable traffic: people, devices, sign-ins, campaigns, bots',
    details: [
      'Goes on until Ctrl-C, --events or --duration. The same --seed with the same --start gives the same events, so a',
      'second run with both adds only duplicates.',
    ].join('\n'),
    configKeys: ['port', 'host', 'data', 'writeKey', 'queueUrl', 'storeUrl', 'blobUrl', 'dedupeDays', 'logLevel'],
    examples: [
      'trailstitch demo --rate 50 --duration 10m',
      'trailstitch demo --seed 7 --events 20000 --rate 0.02 --fast   # two weeks of history at once',
      'trailstitch demo --direct --events 1000 --fast',
    ],
  },
  optionsSchema,
  runDemo,
)

async function runDemo(context: Context<DemoOptions>): Promise<void> {
  const { config, io, options } = context
  const isPaced = !options.fast && !options.print
  const startAt =
    options.start === undefined ? defaultStart(options, isPaced, io.deps.now()) : Date.parse(options.start)
  if (Number.isNaN(startAt))
    throw new CliError('invalid_usage', '--start needs an ISO 8601 time, such as 2026-01-01T00:00:00Z.')
  const pace: Pace = {
    startAt,
    maxEvents: options.events ?? Number.POSITIVE_INFINITY,
    endAt: options.duration === undefined ? Number.POSITIVE_INFINITY : startAt + durationMs(options.duration),
    isPaced,
  }
  const traffic = createTraffic({ seed: options.seed, startAt, perSecond: options.rate })
  if (options.print) {
    await play(traffic, pace, io, async (events) => {
      for (const event of events) say(io, JSON.stringify(event))
      return events.length
    })
    return
  }
  if (options.direct) return sendDirectly(context, traffic, pace)
  const writeKey = config.writeKey ?? findProject(openDataFolder(config), options.project).writeKeys[0] ?? ''
  const url = (options.url ?? urlOf(config.host, config.port)).replace(/\/+$/, '')
  const accepted = await play(traffic, pace, io, createHttpSender(url, writeKey, io.stop))
  say(io, `${formatCount(accepted)} events sent to ${url}, seed ${options.seed}.`)
}

async function sendDirectly(
  { config, io, options }: Context<DemoOptions>,
  traffic: Iterator<Delivery>,
  pace: Pace,
): Promise<void> {
  const pipeline = await openPipeline(config, io)
  try {
    const project = findProject(pipeline.folder, options.project).id
    const playing = play(traffic, pace, io, async (events) => {
      const body = Buffer.from(JSON.stringify({ batch: events }))
      await pipeline.sender.send(demoPart(project, io.deps.now(), events.length), body)
      return events.length
    })
    const [played, processed] = await Promise.allSettled([playing, pipeline.process(playing)])
    if (played.status === 'rejected') throw played.reason
    if (processed.status === 'rejected') throw processed.reason
    say(io, `${formatCount(played.value)} events stored in project "${project}", seed ${options.seed}.`)
  } finally {
    await pipeline.close()
  }
}

/** Without waiting, the traffic ends now and not in the future. */
function defaultStart({ events, duration, rate }: DemoOptions, isPaced: boolean, now: number): number {
  if (isPaced) return now
  const byCount = events === undefined ? Number.POSITIVE_INFINITY : (events / rate) * 1000
  const byTime = duration === undefined ? Number.POSITIVE_INFINITY : durationMs(duration)
  const lengthMs = Math.min(byCount, byTime)
  return now - (Number.isFinite(lengthMs) ? Math.round(lengthMs) : 0)
}

const unitMs: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000 }
const durationMs = (text: string): number => Number.parseFloat(text) * (unitMs[text.at(-1) ?? 's'] ?? 1_000)

interface Pace {
  startAt: number
  endAt: number
  maxEvents: number
  /** Wait until each delivery's time has come. */
  isPaced: boolean
}

/**
 * Paced events say when they were sent, so that a late one keeps its time whatever the clock here shows. Without
 * pacing they have their times from the start given, which the time of sending would take away.
 */
const stampSent = (event: WireEvent, { at }: Delivery, { isPaced }: Pace): WireEvent =>
  isPaced ? { ...event, sentAt: new Date(at).toISOString() } : event

/** Events of several devices share a request once they are due together, up to this many. */
const maxBatch = 200

/** Sends the traffic at its pace until its end or the stop. Resolves with how many events were accepted. */
async function play(traffic: Iterator<Delivery>, pace: Pace, io: Io, send: SendEvents): Promise<number> {
  const { now } = io.deps
  const progress = createProgress(io.stderr, io.interactive, now)
  const offsetMs = now() - pace.startAt
  let accepted = 0
  let made = 0
  let batch: Delivery['events'] = []
  const flush = async (): Promise<void> => {
    if (batch.length === 0) return
    accepted += await send(batch)
    batch = []
    progress.update(made, Number.isFinite(pace.maxEvents) ? pace.maxEvents : undefined, `${formatCount(made)} events`)
  }
  try {
    while (made < pace.maxEvents && !io.stop.aborted) {
      const next = traffic.next()
      if (next.done || next.value.at >= pace.endAt) break
      const waitMs = pace.isPaced ? next.value.at + offsetMs - now() : 0
      if (waitMs > 0) {
        await flush()
        if (!(await pause(waitMs, io.stop))) break
      }
      const events = next.value.events
        .slice(0, pace.maxEvents - made)
        .map((event) => stampSent(event, next.value, pace))
      made += events.length
      batch.push(...events)
      if (batch.length >= maxBatch) await flush()
    }
    await flush()
  } finally {
    progress.end()
  }
  return accepted
}
