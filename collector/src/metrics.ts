import { WireError } from '@trailstitch/protocol'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import { ClientGoneError } from './errors.ts'
import type { Job } from './job.ts'

/** How things stand when the figures are read. */
export interface Readings {
  /** Body bytes of requests that are not answered yet. */
  requestBytes: number
  /** Body bytes the sender holds. */
  senderBytes: number
  areLimitsShared: boolean
}

/** What one collector counts for a monitoring system; each has a registry of its own. */
export interface Metrics {
  /** A request whose events are durable, the refused ones included. */
  countTaken(job: Pick<Job, 'events' | 'refused'>): void
  /** A request that was turned away. */
  countFailed(error: unknown): void
  /** Measures a send; resolves and rejects as it does. */
  timeSend(send: Promise<void>): Promise<void>
  /** All figures in Prometheus' text format. */
  read(readings: Readings): Promise<string>
  readonly contentType: string
}

/** Seconds. A local queue answers in some ms, a hosted one in tens; a send is given up after 10 s. */
const sendBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

export function createMetrics(): Metrics {
  const registry = new Registry()
  const registers = [registry]
  const counter = <Label extends string>(name: string, help: string, labelNames: Label[]) =>
    new Counter({ name: `trailstitch_collector_${name}`, help, labelNames, registers })
  const requests = counter('requests_total', 'Requests with events: accepted, or the code that was answered.', [
    'outcome',
  ])
  const accepted = counter('events_accepted_total', 'Events that were acknowledged.', [])
  const refused = counter('events_refused_total', 'Events that were refused and kept, by their code.', ['code'])
  const inFlight = new Gauge({
    name: 'trailstitch_collector_in_flight_bytes',
    help: 'Bodies of requests that are not answered yet, and bodies the sender holds; each has the limit maxInFlightBytes.',
    labelNames: ['held_by'],
    registers,
  })
  const shared = new Gauge({
    name: 'trailstitch_collector_limits_shared',
    help: '1 while rate limits are counted in the kv, 0 while it fails and this collector counts alone.',
    registers,
  })
  const sends = new Histogram({
    name: 'trailstitch_collector_send_duration_seconds',
    help: 'From when a body is handed to the sender until it is durable in the queue, or given up.',
    buckets: sendBuckets,
    registers,
  })
  // Looked up once: this one is counted in nearly every request.
  const taken = requests.labels('accepted')

  return {
    countTaken({ events, refused: refusals }) {
      for (const [, code] of refusals) refused.inc({ code })
      const [first] = refusals
      if (first !== undefined && refusals.length === events) requests.inc({ outcome: first[1] })
      else taken.inc()
      accepted.inc(events - refusals.length)
    },
    countFailed(error) {
      requests.inc({ outcome: outcomeOf(error) })
    },
    async timeSend(send) {
      const startedAt = performance.now()
      try {
        await send
      } finally {
        sends.observe((performance.now() - startedAt) / 1_000)
      }
    },
    read({ requestBytes, senderBytes, areLimitsShared }) {
      inFlight.set({ held_by: 'requests' }, requestBytes)
      inFlight.set({ held_by: 'sender' }, senderBytes)
      shared.set(areLimitsShared ? 1 : 0)
      return registry.metrics()
    },
    contentType: registry.contentType,
  }
}

function outcomeOf(error: unknown): string {
  if (error instanceof WireError) return error.code
  return error instanceof ClientGoneError ? 'client_gone' : 'internal'
}
