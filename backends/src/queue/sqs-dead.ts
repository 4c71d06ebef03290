import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { ListMessageMoveTasksCommand, type Message, StartMessageMoveTaskCommand } from '@aws-sdk/client-sqs'
import { BackendError } from '../errors.ts'
import type { ListedMessage, Queue } from './port.ts'
import { deleteMessages, sendTexts, setVisibility } from './sqs-batches.ts'
import { decodeBody } from './sqs-body.ts'
import { receiveMessages } from './sqs-receive.ts'
import type { DeadLetters, SqsSession } from './sqs-session.ts'

/** How long a message that was looked at is hidden from the next look. Receives of a dead letter count for nothing. */
const lookMs = 30_000
/** A wait asks all of the service's machines; without one a look may miss the only message there is. */
const waitMs = 1_000
const pollMs = 500
const moveMs = 10 * 60_000

/** The dead-letter queue of a queue. One look or move at a time. */
export interface SqsDeadLetters extends Pick<Queue, 'redrive' | 'close'> {
  list(options: { limit: number; cursor?: string }): ReturnType<Queue['list']>
}

export function createDeadLetters(session: SqsSession): SqsDeadLetters {
  /** What the pages so far have shown, and the cursor that goes on. */
  let looking: { cursor: string; receipts: string[] } | undefined
  let turn: Promise<unknown> = Promise.resolve()

  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = turn.then(work, work)
    turn = mine.catch(() => undefined)
    return mine
  }
  const endLook = async (dead: DeadLetters): Promise<void> => {
    const receipts = looking?.receipts ?? []
    looking = undefined
    await setVisibility(session, dead.url, receipts, 0)
  }

  const listPage = async ({ limit, cursor }: { limit: number; cursor?: string }) => {
    const dead = await session.deadLetters()
    if (cursor !== undefined && cursor !== looking?.cursor) throw new BackendError('invalid_cursor')
    if (!dead) return { items: [], nextCursor: null }
    if (cursor === undefined) await endLook(dead)
    looking ??= { cursor: randomUUID(), receipts: [] }
    const found: Message[] = []
    // A request may bring fewer than there are; only one that brings none says that there are no more.
    for (let some = 1; some > 0 && found.length < limit; ) {
      const more = await look(session, dead, limit - found.length)
      some = more.length
      found.push(...more)
      looking.receipts.push(...receiptsOf(more))
    }
    const items = (await Promise.all(found.map(toListed))).sort((a, b) => a.sentAt - b.sentAt)
    const nextCursor = found.length < limit ? null : looking.cursor
    if (nextCursor === null) await endLook(dead)
    return { items, nextCursor }
  }

  return {
    list: (options) => inTurn(() => listPage(options)),
    redrive: (ids) =>
      inTurn(async () => {
        const dead = await session.deadLetters()
        if (!dead) return 0
        await endLook(dead)
        if (ids) return moveSome(session, dead, ({ MessageId }) => MessageId !== undefined && ids.includes(MessageId))
        return (await moveAll(session, dead)) ?? (await moveSome(session, dead, () => true))
      }),
    close: () =>
      inTurn(async () => {
        const dead = looking && (await session.deadLetters())
        if (dead) await endLook(dead)
      }).catch(() => undefined), // what was looked at shows again by itself
  }
}

/** Dead letters that nobody has looked at for a while. */
const look = (session: SqsSession, { url }: DeadLetters, max: number): Promise<Message[]> =>
  receiveMessages(session, { url, max, waitMs, leaseMs: lookMs, signal: new AbortController().signal })

/**
 * Sends those wanted to the queue, then deletes them: killed in between, they are there twice, which the store knows.
 * Rejects when some could not be sent; the others are.
 */
async function moveSome(
  session: SqsSession,
  dead: DeadLetters,
  isWanted: (message: Message) => boolean,
): Promise<number> {
  const kept: string[] = []
  let count = 0
  let failure: Error | undefined
  try {
    for (let found = await look(session, dead, 10); found.length > 0; found = await look(session, dead, 10)) {
      const wanted = found.filter(isWanted)
      const texts = wanted.map(({ Body = '' }) => Body)
      const outcomes = texts.length === 0 ? [] : await sendTexts(session, await session.queueUrl(), texts)
      failure ??= outcomes.find(({ ok }) => !ok)?.error
      const sent = wanted.filter((_, place) => outcomes[place]?.ok)
      kept.push(...receiptsOf(found.filter((message) => !sent.includes(message))))
      await deleteMessages(session, dead.url, receiptsOf(sent))
      count += sent.length
    }
  } finally {
    await setVisibility(session, dead.url, kept, 0)
  }
  if (failure) throw failure
  return count
}

/** What a server says that has no such thing. */
const isUnknown = (error: unknown): boolean =>
  error instanceof BackendError &&
  /Unsupported|InvalidAction|UnknownOperation|NotImplemented/.test((error.cause as Error | undefined)?.name ?? '')

/** Lets the service move all of them and resolves with how many. Undefined where it cannot. */
async function moveAll({ client, calls }: SqsSession, { arn }: DeadLetters): Promise<number | undefined> {
  const start = (abortSignal: AbortSignal): Promise<unknown> =>
    client.send(new StartMessageMoveTaskCommand({ SourceArn: arn }), { abortSignal })
  try {
    await calls.run('sqs:StartMessageMoveTask', start)
  } catch (error) {
    if (isUnknown(error)) return undefined
    throw error
  }
  const until = performance.now() + moveMs
  for (;;) {
    const task = await calls.run('sqs:ListMessageMoveTasks', async (abortSignal) => {
      const command = new ListMessageMoveTasksCommand({ SourceArn: arn, MaxResults: 1 })
      return (await client.send(command, { abortSignal })).Results?.[0]
    })
    const moved = task?.ApproximateNumberOfMessagesMoved ?? 0
    if (task?.Status === 'COMPLETED') return moved
    if (task?.Status !== 'RUNNING' || performance.now() > until) {
      const detail = `The move of dead letters is ${task?.Status ?? 'unknown'} after ${moved}: ${task?.FailureReason ?? ''}`
      throw new BackendError('backend_failed', detail)
    }
    await pause(pollMs)
  }
}

const receiptsOf = (messages: readonly Message[]): string[] => messages.map(({ ReceiptHandle = '' }) => ReceiptHandle)

const toListed = async ({ MessageId, Body, Attributes }: Message): Promise<ListedMessage> => ({
  id: MessageId ?? '',
  body: await decodeBody(Body ?? ''),
  receives: Number(Attributes?.ApproximateReceiveCount ?? 1),
  sentAt: Number(Attributes?.SentTimestamp ?? 0),
})
