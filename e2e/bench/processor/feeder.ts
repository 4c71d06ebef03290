import { openQueue, silentLog } from '@trailstitch/backends'
import { type ChunkPart, encodeChunk } from '@trailstitch/protocol'
import { serveParent } from '../lib/worker.ts'
import { createBatch } from '../traffic/bodies.ts'
import { createTraffic } from '../traffic/traffic.ts'

export interface FeederRequest {
  /** Events to put into the queue, a multiple of what a chunk holds. */
  events: number
}
export interface FeederReply {
  /** Bytes of the events' bodies, as sent. */
  bytes: number
  /** The feeder's clock after the last event, ms since 1970. */
  at: number
}

/** A request of 20 events; five of them share a chunk, as they do in a collector that takes about 1,000 requests a second. */
const batch = 20
const requestsPerChunk = 5
export const eventsPerChunk = batch * requestsPerChunk
const chunksPerSend = 20

const [queueUrl = '', startAt = '0', eventsPerDay = '0', project = 'shop'] = process.argv.slice(2)
const msPerEvent = 86_400_000 / Number(eventsPerDay)
let clock = Number(startAt)
let seq = 0

const queue = await openQueue(queueUrl, { now: () => clock, log: silentLog })
// Visits of 10 minutes, whatever the rate: 800 at a time for a million events a day.
const traffic = createTraffic({ seed: 1, activeVisits: Math.max(1, Math.round(Number(eventsPerDay) / 1_250)) })

function createChunk(): { chunk: Uint8Array; bytes: number } {
  const parts: ChunkPart[] = []
  const bodies: Buffer[] = []
  for (let request = 0; request < requestsPerChunk; request++) {
    const events = Array.from({ length: batch }, () => {
      clock += msPerEvent
      return traffic.next(Math.floor(clock))
    })
    const receivedAt = Math.floor(clock)
    const { body } = createBatch(events, receivedAt, 'wk_bench')
    const ip = `83.1.${(seq >> 8) & 255}.${seq & 255}`
    parts.push({
      project,
      kind: 'batch',
      receivedAt,
      ip,
      encoding: 'identity',
      bytes: body.length,
      events: batch,
    })
    bodies.push(body)
  }
  const header = { collector: 'bench', seq: ++seq, packedAt: Math.floor(clock), parts }
  return { chunk: encodeChunk(header, bodies), bytes: bodies.reduce((sum, { length }) => sum + length, 0) }
}

serveParent<FeederRequest, FeederReply>(
  async ({ events }) => {
    let bytes = 0
    for (let left = events / eventsPerChunk; left > 0; left -= chunksPerSend) {
      const made = Array.from({ length: Math.min(left, chunksPerSend) }, createChunk)
      const outcomes = await queue.send(made.map(({ chunk }) => chunk))
      for (const { ok, error } of outcomes) if (!ok) throw error
      for (const one of made) bytes += one.bytes
    }
    return { bytes, at: Math.ceil(clock) }
  },
  () => queue.close(),
)
