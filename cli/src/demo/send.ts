import type { ChunkPart, Receipt, WireEvent } from '@trailstitch/protocol'
import { CliError, messageOf } from '../errors.ts'
import { pause } from '../io.ts'

/** Takes a batch; resolves with how many events are durable. */
export type SendEvents = (events: readonly WireEvent[]) => Promise<number>

const timeoutMs = 15_000
const maxTries = 6
const firstPauseMs = 200

/** Posts batches to a collector and keeps trying for a while when it asks to. Throws `not_reachable` or `refused`. */
export function createHttpSender(url: string, writeKey: string, stop: AbortSignal): SendEvents {
  const headers = {
    'content-type': 'application/json',
    authorization: `Basic ${Buffer.from(`${writeKey}:`).toString('base64')}`,
  }
  return async (events) => {
    const body = JSON.stringify({ batch: events })
    for (let attempt = 1; ; attempt++) {
      const response = await post(`${url}/v1/batch`, headers, body)
      if (response.ok) return ((await response.json()) as Receipt).accepted
      const text = await response.text()
      const canRetry = response.status === 429 || response.status >= 500
      if (!canRetry || attempt === maxTries)
        throw new CliError('refused', `${url} answered ${response.status}: ${text.slice(0, 500)}`)
      const waitMs = Number(response.headers.get('retry-after')) * 1000 || firstPauseMs * 2 ** attempt
      if (!(await pause(waitMs, stop))) return 0
    }
  }
}

async function post(url: string, headers: Record<string, string>, body: string): Promise<Response> {
  try {
    return await fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(timeoutMs) })
  } catch (cause) {
    const reason = messageOf(cause instanceof Error ? (cause.cause ?? cause) : cause)
    const wayOut = 'Start one with trailstitch start, name it with --url, or send without one with --direct.'
    throw new CliError('not_reachable', `No collector answers at ${url}: ${reason}. ${wayOut}`, { cause })
  }
}

/** What the queue's sender takes, for a batch of the demo. */
export function demoPart(project: string, receivedAt: number, events: number): Omit<ChunkPart, 'bytes'> {
  return { project, kind: 'batch', receivedAt, encoding: 'identity', events }
}
