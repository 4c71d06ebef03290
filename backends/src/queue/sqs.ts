import { GetQueueAttributesCommand, type Message } from '@aws-sdk/client-sqs'
import type { Deps } from '../deps.ts'
import { BackendError } from '../errors.ts'
import type { Delivery, Queue, QueueOptions, SendOutcome } from './port.ts'
import { deleteMessages, sendTexts, setVisibility } from './sqs-batches.ts'
import { decodeBody, encodeBody, maxBodyBytes } from './sqs-body.ts'
import { createDeadLetters } from './sqs-dead.ts'
import { diagnoseSqs } from './sqs-diagnose.ts'
import { receiveMessages } from './sqs-receive.ts'
import { createSession, type SqsSession, usualLimits } from './sqs-session.ts'
import { parseSqsUrl } from './sqs-url.ts'

/**
 * The queue in SQS or a server that speaks its protocol, see sqs-url.ts for the URLs. It must be there, with a redrive
 * policy: that decides after how many receives a message is dead, whatever `maxReceives` says. Credentials come from the
 * SDK's own chain. Seconds are SQS's unit of time: waits are rounded down, leases and delays up.
 *
 * What waits cannot be listed, and nobody but CloudWatch knows how old the oldest message is.
 */
export async function openSqsQueue(
  url: string,
  deps: Deps,
  options: QueueOptions,
  limits = usualLimits,
): Promise<Queue> {
  const session = createSession(parseSqsUrl(url), deps, limits)
  try {
    await session.client.config.region()
  } catch (cause) {
    throw new BackendError('invalid_url', 'Add region= to it, or set AWS_REGION.', { cause })
  }
  return createSqsQueue(session, options)
}

/** A call costs $0.40 a million, so 20 events a call would be $0.06 for a million of them; see docs/performance.md. */
const gatherMs = { send: 25, receive: 250 }

function createSqsQueue(session: SqsSession, { maxReceives }: QueueOptions): Queue {
  const { calls, client, queueUrl } = session
  const deadLetters = createDeadLetters(session)
  const ending = new AbortController()
  const sending = new Set<Promise<unknown>>()
  let closing: Promise<void> | undefined

  const close = async (): Promise<void> => {
    ending.abort()
    await Promise.allSettled(sending)
    await deadLetters.close()
    await calls.close()
    client.destroy()
  }
  return {
    traits: { maxMessageBytes: maxBodyBytes, listsPending: false, gatherMs },
    async send(bodies) {
      if (closing !== undefined) return bodies.map(() => ({ ok: false, error: new BackendError('closed') }))
      const sent = send(session, bodies)
      sending.add(sent)
      return sent.finally(() => sending.delete(sent))
    },
    async receive({ max, waitMs, leaseMs, signal: stop }) {
      if (closing !== undefined || stop?.aborted) return []
      const signal = stop ? AbortSignal.any([stop, ending.signal]) : ending.signal
      try {
        const found = await receiveMessages(session, { url: await queueUrl(), max, waitMs, leaseMs, signal })
        return await Promise.all(found.map(toDelivery))
      } catch (error) {
        if (signal.aborted) return []
        throw error
      }
    },
    ack: async (receipts) => deleteMessages(session, await queueUrl(), receipts),
    nack: async (receipts, delayMs) => setVisibility(session, await queueUrl(), receipts, delayMs),
    extend: async (receipts, leaseMs) => setVisibility(session, await queueUrl(), receipts, leaseMs),
    async list(state, options) {
      if (state === 'pending')
        throw new BackendError('unsupported', 'SQS shows what waits only to who receives it, and counts that.')
      return deadLetters.list(options)
    },
    redrive: (ids) => deadLetters.redrive(ids),
    async depth() {
      const dead = await session.deadLetters()
      const [own, theirs] = await Promise.all([
        countMessages(session, await queueUrl()),
        dead ? countMessages(session, dead.url) : { visible: 0, invisible: 0 },
      ])
      return {
        waiting: own.visible,
        leased: own.invisible,
        // Those that somebody looks at are invisible meanwhile.
        dead: theirs.visible + theirs.invisible,
        oldestAgeMs: own.visible + own.invisible === 0 ? 0 : null,
      }
    },
    diagnose: () => diagnoseSqs(session, maxReceives),
    close() {
      closing ??= close()
      return closing
    },
  }
}

async function send(session: SqsSession, bodies: readonly Uint8Array[]): Promise<SendOutcome[]> {
  const outcomes: SendOutcome[] = bodies.map(({ length }) => ({
    ok: false,
    error: new BackendError('message_too_large', `It has ${length} bytes, ${maxBodyBytes} are the most.`),
  }))
  const fitting = bodies.flatMap(({ length }, place) => (length <= maxBodyBytes ? [place] : []))
  try {
    const texts = await Promise.all(fitting.map((place) => encodeBody(bodies[place] ?? new Uint8Array())))
    const sent = fitting.length === 0 ? [] : await sendTexts(session, await session.queueUrl(), texts)
    for (const [index, place] of fitting.entries()) outcomes[place] = sent[index] ?? { ok: false }
  } catch (error) {
    for (const place of fitting) outcomes[place] = { ok: false, error: error as Error }
  }
  return outcomes
}

const toDelivery = async ({ ReceiptHandle, Body, Attributes }: Message): Promise<Delivery> => ({
  receipt: ReceiptHandle ?? '',
  body: await decodeBody(Body ?? ''),
  receives: Number(Attributes?.ApproximateReceiveCount ?? 1),
  sentAt: Number(Attributes?.SentTimestamp ?? 0),
})

async function countMessages(
  { client, calls }: SqsSession,
  url: string,
): Promise<{ visible: number; invisible: number }> {
  const counts: Readonly<Record<string, string>> = await calls.run('sqs:GetQueueAttributes', async (abortSignal) => {
    const command = new GetQueueAttributesCommand({
      QueueUrl: url,
      AttributeNames: [
        'ApproximateNumberOfMessages',
        'ApproximateNumberOfMessagesDelayed',
        'ApproximateNumberOfMessagesNotVisible',
      ],
    })
    return (await client.send(command, { abortSignal })).Attributes ?? {}
  })
  const count = (name: string): number => Number(counts[name] ?? 0)
  return {
    visible: count('ApproximateNumberOfMessages') + count('ApproximateNumberOfMessagesDelayed'),
    invisible: count('ApproximateNumberOfMessagesNotVisible'),
  }
}
