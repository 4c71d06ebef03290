import type { Readable } from 'node:stream'
import { limits, WireError } from '@trailstitch/protocol'
import type { Collector } from '../collector.ts'
import { ClientGoneError } from '../errors.ts'
import { type Job, noBytes } from '../job.ts'

/** What does not compress grows a little when it is compressed. */
const maxRawBytes = limits.maxBodyBytes + 1024

/**
 * A client hears nothing while it is still sending, and a connection cut meanwhile looks like a network fault to it,
 * which it would retry for ever. So bodies that are too large are read to their end, up to this size.
 */
const maxDiscardedBytes = 8 * 1024 * 1024

/** Reads the body as it comes, within its limits of size and time. Counts it as held until the request is answered. */
export function receive(job: Job, collector: Collector): Promise<void> | undefined {
  const { payload } = job
  if (payload === undefined) {
    job.held = job.raw.length
    collector.heldBytes += job.held
    return undefined
  }
  if (Number(job.headers['content-length']) > maxDiscardedBytes) throw new WireError('body_too_large')
  return readBody(payload, collector).then((raw) => {
    job.raw = raw
    job.held = raw.length
  })
}

function readBody(payload: Readable, collector: Collector): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let chunks: Buffer[] = []
    let held = 0
    let seen = 0
    let settled = false

    const letGo = (): void => {
      collector.heldBytes -= held
      held = 0
      chunks = []
    }
    const fail = (error: Error): void => {
      if (settled) return
      settled = true
      collector.receiving.delete(fail)
      letGo()
      reject(error)
    }
    const onData = (chunk: Buffer): void => {
      if (settled) return
      seen += chunk.length
      if (seen > maxDiscardedBytes) fail(new WireError('body_too_large'))
      else if (seen > maxRawBytes) letGo()
      else if (collector.heldBytes + chunk.length > collector.limits.maxInFlightBytes) fail(new WireError('overloaded'))
      else {
        collector.heldBytes += chunk.length
        held += chunk.length
        chunks.push(chunk)
      }
    }
    const onEnd = (): void => {
      if (seen > maxRawBytes) fail(new WireError('body_too_large'))
      if (settled) return
      settled = true
      collector.receiving.delete(fail)
      resolve(chunks.length === 1 ? (chunks[0] ?? noBytes) : Buffer.concat(chunks, held))
    }
    const onGone = (): void => {
      if (!settled) fail(new ClientGoneError())
    }
    collector.receiving.set(fail, performance.now() + collector.limits.bodyTimeoutMs)
    // Never taken off again: once the answer is known they do nothing, and a late error needs a listener.
    payload.on('data', onData).on('end', onEnd).on('error', onGone).on('close', onGone)
  })
}

/** Ends the bodies whose time is over. One sweep for all is cheaper than a timer for each. */
export function endLateBodies({ receiving }: Collector): void {
  const now = performance.now()
  for (const [fail, deadline] of receiving) {
    if (deadline > now) return // the rest began later
    fail(new WireError('body_timeout'))
  }
}
