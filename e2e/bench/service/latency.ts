import { setTimeout as sleep } from 'node:timers/promises'
import type { TrackEvent } from '@trailstitch/protocol'
import { withFolder } from '../lib/folder.ts'
import { type Bench, type BenchOptions, createRow, type Row } from '../lib/result.ts'
import { median, quantile } from '../lib/statistics.ts'
import { type LoadWorker, runLoad, startLoadWorker } from '../load/client.ts'
import { type Service, startService, writeKey } from './service.ts'

const eventsPerSecond = 500
const probeEveryMs = 200
const pollEveryMs = 10
const giveUpMs = 20_000
/** More than can be under way at once, unless something is very slow. */
const people = 50

export const latencyBench: Bench = {
  title: 'From accepted to visible',
  how: [
    '`trailstitch start` as one process, nothing configured; another process sends 500 events a second, one a request.',
    'Beside that load, five times a second: POST an event of a person who is known already, and from its 200 on GET that person’s journey, every 10 ms, until the event is in it. The time between is the figure.',
  ],
  run: (options) =>
    withFolder(async (folder) => {
      const service = await startService(folder)
      const load = startLoadWorker()
      try {
        return await measure(service, load, options)
      } finally {
        await load.stop()
        await service.stop()
      }
    }),
}

async function measure(service: Service, load: LoadWorker, { quick, progress }: BenchOptions): Promise<Row[]> {
  const ms = quick ? 8_000 : 40_000
  const warmUpMs = quick ? 2_000 : 5_000
  const { port } = service
  const profiles = await introduce(service)
  const sending = runLoad(load, { kind: 'paced', batch: 1, writeKey, port, requestsPerSecond: eventsPerSecond, ms })
  // Whatever goes wrong with it is told when it is waited for.
  sending.catch(() => {})
  await sleep(warmUpMs)
  const timesMs: number[] = []
  const probes: Promise<void>[] = []
  const end = performance.now() + ms - warmUpMs - 1_000
  for (let probe = 0; performance.now() < end; probe++) {
    const profile = profiles[probe % people] as Profile
    const run = timeToJourney(service, profile, `probe-${probe}`).then((time) => void timesMs.push(time))
    run.catch(() => {})
    probes.push(run)
    progress.show(`latency: ${timesMs.length} events seen, ${Math.round(median(timesMs)) || 0} ms`)
    await sleep(probeEveryMs)
  }
  await Promise.all(probes)
  const sent = await sending
  return [
    createRow({
      what: `event accepted to visible in its journey, at ${eventsPerSecond} events/s, p95`,
      value: quantile(timesMs, 0.95),
      unit: 'ms',
      goal: { atMost: 1_000 },
    }),
    createRow({ what: 'the same, p50', value: median(timesMs), unit: 'ms' }),
    createRow({ what: `the same, slowest of ${timesMs.length}`, value: Math.max(...timesMs), unit: 'ms' }),
    createRow({ what: 'the same, load sent meanwhile', value: sent.sent / (sent.ms / 1000), unit: 'events/s' }),
  ]
}

interface Profile {
  anonymousId: string
  profileId: string
}

interface Page<T> {
  items: T[]
}

const createProbe = (anonymousId: string, messageId: string): TrackEvent => ({
  type: 'track',
  event: 'Probe',
  anonymousId,
  messageId,
  timestamp: new Date().toISOString(),
})

/** Makes the people known whose journeys are asked for, so that their profile ids are. */
async function introduce(service: Service): Promise<Profile[]> {
  const anonymousIds = Array.from({ length: people }, (_, index) => `probe-visitor-${index}`)
  for (const anonymousId of anonymousIds) await service.track(createProbe(anonymousId, `first-of-${anonymousId}`))
  const profiles: Profile[] = []
  for (const anonymousId of anonymousIds) {
    const path = `/people?search=${anonymousId}`
    const [found] = await eventually(async () => {
      const answer = await service.read<Page<{ profileId: string }>>(path)
      return answer?.items.length ? answer.items : undefined
    })
    if (found) profiles.push({ anonymousId, profileId: found.profileId })
  }
  return profiles
}

async function timeToJourney(service: Service, profile: Profile, messageId: string): Promise<number> {
  await service.track(createProbe(profile.anonymousId, messageId))
  const acceptedAt = performance.now()
  const path = `/people/${profile.profileId}/journey?order=desc&limit=10`
  await eventually(async () => {
    const answer = await service.read<Page<{ messageId: string }>>(path)
    return answer?.items.some((item) => item.messageId === messageId) || undefined
  })
  return performance.now() - acceptedAt
}

/** Asks until there is an answer. */
async function eventually<T>(ask: () => Promise<T | undefined>): Promise<T> {
  const giveUpAt = performance.now() + giveUpMs
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    if (performance.now() > giveUpAt) throw new Error(`an event was not visible within ${giveUpMs} ms`)
    await sleep(pollEveryMs)
  }
}
