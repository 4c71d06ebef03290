import { randomUUID } from 'node:crypto'
import { type ChunkPart, isPlainObject, type JsonObject, mergeObjects, type RejectedEvent } from '@trailstitch/protocol'
import type { Sender } from './queue/sender.ts'
import type { Store } from './store/port.ts'

/** How an event that was set aside is mended before it is sent again. */
export interface Mending {
  /** Fields to set; null removes one. */
  set?: JsonObject | undefined
  /** The whole event in the place of what came. */
  event?: JsonObject | undefined
}

/** The event to send, or undefined where what was set aside holds none that can be read. */
export function mendRejected(item: RejectedEvent, { set, event }: Mending = {}): Record<string, unknown> | undefined {
  const came = readRejected(item)
  if (!came) return undefined
  const mended: Record<string, unknown> = { ...(event ?? mergeObjects(came, set)) }
  for (const [key, value] of Object.entries(set ?? {})) if (value === null) delete mended[key]
  return { ...atItsTime(mended, item.receivedAt), messageId: messageIdOf(mended, item) }
}

function readRejected({ body }: RejectedEvent): JsonObject | undefined {
  try {
    const event: unknown = JSON.parse(body)
    // What stands for a body that could not be opened: see the processor's decode step.
    if (isPlainObject(event) && !('bodyAt' in event) && !('base64' in event)) return event as JsonObject
  } catch {
    // told by the answer
  }
  return undefined
}

/**
 * Sends an event that was set aside, mended by {@link mendRejected}, and marks it as sent again. Marked only after it is
 * durable: a crash in between sends it once more, under the same messageId. Rejects as `send` and the store do.
 */
export async function replayRejected(
  item: RejectedEvent,
  event: Record<string, unknown>,
  parts: { send(project: string, event: object): Promise<void>; store: Pick<Store, 'markReplayed'>; now(): number },
): Promise<number> {
  await parts.send(item.project, event)
  const at = parts.now()
  await parts.store.markReplayed(item.id, at)
  return at
}

/** Puts an operator's event into the queue as a request of its own. The processor checks it, as no collector did. */
export async function sendOperatorEvent(
  sender: Pick<Sender, 'send'>,
  project: string,
  event: object,
  receivedAt: number,
): Promise<void> {
  const part: Omit<ChunkPart, 'bytes'> = {
    project,
    kind: 'batch',
    receivedAt,
    encoding: 'identity',
    events: 1,
    operator: true,
  }
  await sender.send(part, Buffer.from(JSON.stringify({ batch: [event] })))
}

/** Sent twice, an event without a messageId must not count twice, so its id comes from where it was set aside. */
function messageIdOf({ messageId }: Record<string, unknown>, item: RejectedEvent): string {
  if (typeof messageId === 'string' && messageId !== '') return messageId
  return item.id.length <= 90 ? `replay-${item.id}` : randomUUID()
}

/** The clock correction of the first receipt, made here: by the time of the second one the event would move to today. */
function atItsTime(event: Record<string, unknown>, receivedAt: number): Record<string, unknown> {
  const { sentAt, ...rest } = event
  const happened = timeOf(event.timestamp) ?? timeOf(event.originalTimestamp)
  const sent = timeOf(sentAt)
  const time = happened === undefined ? receivedAt : sent === undefined ? happened : receivedAt - (sent - happened)
  return { ...rest, timestamp: new Date(time).toISOString() }
}

function timeOf(value: unknown): number | undefined {
  const time = typeof value === 'number' ? value : typeof value === 'string' ? Date.parse(value) : Number.NaN
  return Number.isNaN(time) || Math.abs(time) > 8.64e15 ? undefined : time
}
