import type { Blob } from '../blob/port.ts'
import type { Log } from '../deps.ts'
import { createBreaker } from './breaker.ts'
import type { Queue } from './port.ts'
import { within } from './within.ts'

export interface LadderOptions {
  queue: Pick<Queue, 'send'>
  /** The second rung. Without it there is the queue alone. */
  overflow?: Pick<Blob, 'put'> | undefined
  log: Log
  /** The queue's part of the time, where there is a second rung, 0 to 1. */
  queueShare: number
  /** Failures and time-outs of the queue in a row before chunks go straight to the overflow. Default 3. */
  maxQueueFailures?: number | undefined
  /** How often the queue is tried again then, ms. Default 5,000. */
  probeMs?: number | undefined
  /** The queue gets no more while it holds on to so many bytes of chunks it was too slow for. */
  maxOverdueBytes: number
}

export interface Ladder {
  /**
   * Resolves when a rung has made the chunk durable. Rejects when all have failed or `withinMs` is over; it may become
   * durable even so. `onSettled` runs once, when every rung that was tried has let go of the bytes.
   */
  climb(chunk: Uint8Array, name: string, withinMs: number, onSettled: () => void): Promise<void>
}

/**
 * The ways for a chunk to become durable: the queue; else, when that fails or is too slow, blob storage. While the queue
 * is known to fail chunks go straight there. A chunk that is used as a probe goes to both at once, so that nobody waits
 * for the outcome. A chunk may end on both rungs: whoever takes it in knows it by its number.
 */
export function createLadder(options: LadderOptions): Ladder {
  const { queue, overflow, log, queueShare, maxQueueFailures, probeMs, maxOverdueBytes } = options
  const breaker = createBreaker({
    now: () => performance.now(),
    ...(maxQueueFailures !== undefined && { maxFailures: maxQueueFailures }),
    ...(probeMs !== undefined && { probeMs }),
    onChange(isOpen) {
      if (isOpen) log.warn({}, 'the queue fails or is too slow, chunks go to the overflow')
      else log.warn({}, 'the queue takes chunks again')
    },
  })
  let overdueBytes = 0

  const sendToQueue = async (chunk: Uint8Array): Promise<void> => {
    const [outcome] = await queue.send([chunk])
    if (!outcome?.ok) throw outcome?.error ?? new Error('the queue gave no reason')
  }
  if (!overflow)
    return {
      climb: (chunk, _name, withinMs, onSettled) => within(sendToQueue(chunk).finally(onSettled), withinMs),
    }

  const putIntoOverflow = async (blob: Pick<Blob, 'put'>, name: string, chunk: Uint8Array): Promise<void> => {
    await blob.put(name, chunk)
    log.info({ name }, 'a chunk went to the overflow')
  }

  /** An end after the queue's time counts as a failure: a queue that is always late must not look healthy. */
  const watch = async (sent: Promise<void>, bytes: number, withinMs: number): Promise<boolean> => {
    try {
      await within(sent, withinMs)
      return true
    } catch {
      overdueBytes += bytes
      const letGo = (): void => {
        overdueBytes -= bytes
      }
      sent.then(letGo, letGo)
      return false
    }
  }

  return {
    async climb(chunk, name, withinMs, onSettled) {
      const startedAt = performance.now()
      const hold = countHolders(onSettled)
      const climbing = Promise.withResolvers<void>()
      void hold(climbing.promise)
      try {
        const rungs: Promise<void>[] = []
        // A queue that never lets go would in time take the memory of what still gets through.
        const pass = overdueBytes < maxOverdueBytes ? breaker.enter() : undefined
        if (pass) {
          const sent = hold(sendToQueue(chunk))
          rungs.push(sent)
          const isInTime = watch(sent, chunk.length, withinMs * queueShare)
          void isInTime.then(pass.end)
          if (!pass.isProbe && (await isInTime)) return
        }
        rungs.push(hold(putIntoOverflow(overflow, name, chunk)))
        await within(Promise.any(rungs), withinMs - (performance.now() - startedAt))
      } finally {
        climbing.resolve()
      }
    },
  }
}

/** Runs `onNone` when all that was ever held has ended. */
function countHolders(onNone: () => void): <T>(work: Promise<T>) => Promise<T> {
  let holders = 0
  const letGo = (): void => {
    if (--holders === 0) onNone()
  }
  return (work) => {
    holders++
    work.then(letGo, letGo)
    return work
  }
}
