import { setTimeout as pause } from 'node:timers/promises'
import {
  type BatchResultErrorEntry,
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  SendMessageBatchCommand,
} from '@aws-sdk/client-sqs'
import { BackendError } from '../errors.ts'
import type { SendOutcome } from './port.ts'
import { maxTextBytes } from './sqs-body.ts'
import type { SqsSession } from './sqs-session.ts'

/** The most one request may hold, and what it may weigh is the same as what one message may. */
const maxEntries = 10
/** Of entries that the service refused while it took others. */
const maxTries = 3
const retryMs = 100

type Failures = readonly BatchResultErrorEntry[] | undefined
/** Sends a request for entries that are known by their place, and tells which of them failed inside its 200. */
type SendEntries = (places: readonly number[], abortSignal: AbortSignal) => Promise<Failures>

/** Puts texts into a queue, in the order given, and tells of each one. Never rejects. */
export async function sendTexts(session: SqsSession, url: string, texts: readonly string[]): Promise<SendOutcome[]> {
  const outcomes: SendOutcome[] = texts.map(() => ({ ok: true }))
  const send: SendEntries = async (places, abortSignal) => {
    const Entries = places.map((place) => ({ Id: String(place), MessageBody: texts[place] ?? '' }))
    const command = new SendMessageBatchCommand({ QueueUrl: url, Entries })
    return (await session.client.send(command, { abortSignal })).Failed
  }
  await Promise.all(
    groupByWeight(texts).map(async (group) => {
      const failed = await runBatch(session, 'sqs:SendMessage', group, send)
      for (const [place, error] of failed) outcomes[place] = { ok: false, error }
    }),
  )
  return outcomes
}

function groupByWeight(texts: readonly string[]): number[][] {
  const groups: number[][] = []
  let bytes = Number.POSITIVE_INFINITY
  for (const [place, { length }] of texts.entries()) {
    const last = groups.at(-1)
    if (last && last.length < maxEntries && bytes + length <= maxTextBytes) last.push(place)
    else {
      groups.push([place])
      bytes = 0
    }
    bytes += length
  }
  return groups
}

/** Rejects when some could not be deleted. Receipts of nothing are ignored. */
export async function deleteMessages(session: SqsSession, url: string, receipts: readonly string[]): Promise<void> {
  const { client } = session
  await forReceipts(session, 'sqs:DeleteMessage', receipts, async (entries, abortSignal) => {
    const command = new DeleteMessageBatchCommand({ QueueUrl: url, Entries: entries })
    return (await client.send(command, { abortSignal })).Failed
  })
}

/** Sets how long from now messages are their consumer's own, rounded up to whole seconds; 0 gives them back. */
export async function setVisibility(
  session: SqsSession,
  url: string,
  receipts: readonly string[],
  ms: number,
): Promise<void> {
  const { client } = session
  const VisibilityTimeout = toSeconds(ms)
  await forReceipts(session, 'sqs:ChangeMessageVisibility', receipts, async (entries, abortSignal) => {
    const Entries = entries.map((entry) => ({ ...entry, VisibilityTimeout }))
    const command = new ChangeMessageVisibilityBatchCommand({ QueueUrl: url, Entries })
    return (await client.send(command, { abortSignal })).Failed
  })
}

/** The most SQS takes is 12 hours. */
export const toSeconds = (ms: number): number => Math.min(Math.max(0, Math.ceil(ms / 1000)), 43_200)

async function forReceipts(
  session: SqsSession,
  action: string,
  given: readonly string[],
  send: (entries: { Id: string; ReceiptHandle: string }[], abortSignal: AbortSignal) => Promise<Failures>,
): Promise<void> {
  const receipts = given.filter((receipt) => receipt !== '')
  const groups: number[][] = []
  for (let start = 0; start < receipts.length; start += maxEntries)
    groups.push(Array.from({ length: Math.min(maxEntries, receipts.length - start) }, (_, index) => start + index))
  const ofPlaces: SendEntries = (places, abortSignal) =>
    send(
      places.map((place) => ({ Id: String(place), ReceiptHandle: receipts[place] ?? '' })),
      abortSignal,
    )
  for (const failed of await Promise.all(groups.map((group) => runBatch(session, action, group, ofPlaces))))
    for (const error of failed.values()) if (!isStale(error)) throw error
}

/** The lease has passed to somebody else, the message is gone, or it never was one. */
const staleCodes = new Set(['ReceiptHandleIsInvalid', 'InvalidParameterValue', 'MessageNotInflight'])
const isStale = ({ cause }: BackendError): boolean =>
  staleCodes.has(((cause as BatchResultErrorEntry).Code ?? '').replace('AWS.SimpleQueueService.', ''))

/**
 * One request, and again for those of its entries that the service failed by its own fault. Resolves with what failed in
 * the end, by place. Never rejects.
 */
async function runBatch(
  { calls }: SqsSession,
  action: string,
  places: readonly number[],
  send: SendEntries,
): Promise<Map<number, BackendError>> {
  const failed = new Map<number, BackendError>()
  let left = [...places]
  const tryAll = async (signal: AbortSignal): Promise<void> => {
    for (let tries = 1; left.length > 0; tries++) {
      const failures = (await send(left, signal)) ?? []
      left = []
      for (const failure of failures) {
        const place = Number(failure.Id)
        if (failure.SenderFault || tries === maxTries) failed.set(place, toError(action, failure))
        else left.push(place)
      }
      if (left.length > 0) await pause(retryMs * 2 ** (tries - 1), undefined, { signal })
    }
  }
  try {
    await calls.run(action, tryAll)
  } catch (error) {
    for (const place of left) failed.set(place, error as BackendError)
  }
  return failed
}

const toError = (action: string, failure: BatchResultErrorEntry): BackendError =>
  new BackendError('backend_failed', `${action}: ${failure.Code}: ${failure.Message ?? ''}`.slice(0, 500), {
    cause: failure,
  })
