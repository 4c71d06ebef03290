import { gzipSync } from 'node:zlib'
import type { Sender } from '@trailstitch/backends'
import { type ChunkPart, checkEvent, type ErrorCode, limits, WireError } from '@trailstitch/protocol'
import { CliError } from '../errors.ts'
import { type Io, pause } from '../io.ts'

export interface BatchOptions {
  sender: Pick<Sender, 'send'>
  project: string
  io: Pick<Io, 'deps' | 'stop'>
  /** What an operator says, not a client: may hold events of type "unlink" and is checked by the processor. */
  operator?: boolean
  /** How long to keep trying while the queue cannot take anything. Default 60,000. */
  patienceMs?: number
}

export interface Batches {
  /** Resolves when there is room for more; the event is durable after {@link Batches.end}. */
  add(event: object): Promise<void>
  /** Sends the rest and resolves when everything is durable. */
  end(): Promise<void>
  /** Events sent so far, those that will be set aside included. */
  sent(): number
  /** Events that break the rules of the wire; they are sent and will be set aside with their code. */
  refused(): number
  /** Events too large even to be set aside; they are not sent. */
  tooLarge(): number
}

const maxEvents = 500
/** Leaves room for what surrounds the events of a batch. */
const maxBatchBytes = limits.maxBodyBytes - 1024
/** An event over the limit is kept for an operator to look at, but only up to this size. */
const maxKeptBytes = 4 * limits.maxEventBytes
const minGzipBytes = 4096
const usualPatienceMs = 60_000
/** Batches under way; enough to keep the queue busy while the next ones are built. */
const maxUnderWay = 4

/** Packs events into batch requests and sends them. Rejects with `queue_unavailable` once patience is over. */
export function createBatches({ sender, project, io, operator, patienceMs = usualPatienceMs }: BatchOptions): Batches {
  const underWay = new Set<Promise<void>>()
  let texts: string[] = []
  let bytes = 0
  let refusals: [number, ErrorCode][] = []
  const counts = { sent: 0, refused: 0, tooLarge: 0 }
  let failure: unknown

  const flush = async (): Promise<void> => {
    if (texts.length === 0) return
    const body = Buffer.from(`{"batch":[${texts.join(',')}]}`)
    const isLarge = body.length >= minGzipBytes
    const part: Omit<ChunkPart, 'bytes'> = {
      project,
      kind: 'batch',
      receivedAt: io.deps.now(),
      encoding: isLarge ? 'gzip' : 'identity',
      events: texts.length,
      ...(refusals.length > 0 && { refused: refusals }),
      ...(operator && { operator: true }),
    }
    texts = []
    bytes = 0
    refusals = []
    const sent = isLarge ? gzipSync(body, { level: 1 }) : body
    const sending = sendPatiently(() => sender.send(part, sent), io, patienceMs)
      .then(() => {
        counts.sent += part.events
      })
      .catch((error: unknown) => {
        failure ??= error
      })
      .finally(() => underWay.delete(sending))
    underWay.add(sending)
    if (underWay.size >= maxUnderWay) await Promise.race(underWay)
    if (failure !== undefined) throw failure
  }

  return {
    async add(event) {
      const text = JSON.stringify(event)
      const size = Buffer.byteLength(text)
      if (size > maxKeptBytes) {
        counts.tooLarge++
        return
      }
      if (texts.length >= maxEvents || bytes + size + 1 > maxBatchBytes) await flush()
      const code = operator ? undefined : checkEvent(event, { escapes: text.includes('\\u'), bytes: size })
      if (code) {
        refusals.push([texts.length, code])
        counts.refused++
      }
      texts.push(text)
      bytes += size + 1
    },
    async end() {
      await flush()
      await Promise.all(underWay)
      if (failure !== undefined) throw failure
    },
    sent: () => counts.sent,
    refused: () => counts.refused,
    tooLarge: () => counts.tooLarge,
  }
}

const firstPauseMs = 100
const longestPauseMs = 5_000

/** Sends until it is durable. Rejects with `queue_unavailable` once patience (default 60,000 ms) is over. */
export async function sendPatiently(
  send: () => Promise<void>,
  { deps, stop }: Pick<Io, 'deps' | 'stop'>,
  patienceMs = usualPatienceMs,
): Promise<void> {
  const giveUpAt = deps.now() + patienceMs
  for (let waitMs = firstPauseMs; ; waitMs = Math.min(longestPauseMs, waitMs * 2)) {
    try {
      await send()
      return
    } catch (error) {
      if (!(error instanceof WireError) || !error.retryable) throw error
      const isOver = deps.now() + waitMs > giveUpAt || !(await pause(waitMs, stop))
      if (!isOver) continue
      const wayOut = 'See the log for the reason; the same command can be run again, nothing will count twice.'
      throw new CliError('queue_unavailable', `The queue takes nothing: ${error.message} ${wayOut}`, { cause: error })
    }
  }
}
