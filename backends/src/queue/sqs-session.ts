import { GetQueueAttributesCommand, GetQueueUrlCommand, SQSClient } from '@aws-sdk/client-sqs'
import { type Calls, createCalls } from '../aws/calls.ts'
import { type Attempt, type Fail, type Failure, toAwsError } from '../aws/errors.ts'
import { clientSettings } from '../aws/settings.ts'
import type { Deps } from '../deps.ts'
import { BackendError } from '../errors.ts'
import type { SqsPlace } from './sqs-url.ts'

export interface SqsLimits {
  connectMs: number
  /** One attempt of a call; a receive has its wait on top. */
  requestMs: number
  /** A whole call with its repetitions. */
  callMs: number
}
/** An attempt has to end before the ladder gives up on the queue, or none would be left for a second one. */
export const usualLimits: SqsLimits = { connectMs: 1_000, requestMs: 2_500, callMs: 9_000 }

/** What the members work with. */
export interface SqsSession {
  client: SQSClient
  place: SqsPlace
  deps: Deps
  limits: SqsLimits
  calls: Calls
  /** The queue's URL; the service is asked once. */
  queueUrl(): Promise<string>
  /** Where messages go that nobody could process; undefined where the queue has no redrive policy. Asked once. */
  deadLetters(): Promise<DeadLetters | undefined>
}

export interface DeadLetters {
  url: string
  arn: string
  /** Receives of a message before it goes there. */
  maxReceives: number
}

export function createSession(place: SqsPlace, deps: Deps, limits: SqsLimits): SqsSession {
  const { connectMs, requestMs, callMs } = limits
  const client = new SQSClient({
    ...clientSettings(place, deps.log, { connectMs, requestMs }),
    // What a server elsewhere calls itself need not be how it is reached.
    ...(place.endpoint !== undefined && { useQueueUrlAsEndpoint: false }),
  })
  const calls = createCalls({ resource: place.name, callMs, toError: toSqsError })
  const urlOf = (name: string, account: string | undefined): Promise<string> =>
    calls.run('sqs:GetQueueUrl', async (abortSignal) => {
      const owner = account !== undefined && { QueueOwnerAWSAccountId: account }
      const { QueueUrl: url } = await client.send(new GetQueueUrlCommand({ QueueName: name, ...owner }), {
        abortSignal,
      })
      if (url === undefined) throw new BackendError('queue_missing', name)
      return url
    })
  const queueUrl = once(async () => place.queueUrl ?? (await urlOf(place.name, place.account)))
  const deadLetters = once(async () => {
    const QueueUrl = await queueUrl()
    const policy = await calls.run('sqs:GetQueueAttributes', async (abortSignal) => {
      const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['RedrivePolicy'] })
      return (await client.send(command, { abortSignal })).Attributes?.RedrivePolicy
    })
    if (!policy) return undefined
    const { deadLetterTargetArn: arn, maxReceiveCount } = JSON.parse(policy) as Record<string, string | number>
    const [account, name = ''] = String(arn).split(':').slice(-2)
    const isAccount = account !== undefined && /^\d{12}$/.test(account)
    // Servers elsewhere make accounts up, and know queues by their names alone.
    const url = await urlOf(name, isAccount && place.endpoint === undefined ? account : undefined)
    return { url, arn: String(arn), maxReceives: Number(maxReceiveCount) }
  })
  return { client, place, deps, limits, calls, queueUrl, deadLetters }
}

/** Asks again only after a failure. */
function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined
  return () => {
    answer ??= ask().catch((error: unknown) => {
      answer = undefined
      throw error
    })
    return answer
  }
}

export const toSqsError = (cause: unknown, attempt: Attempt): BackendError => toAwsError(cause, attempt, ofSqs)

function ofSqs({ name = '' }: Failure, fail: Fail): BackendError | undefined {
  if (name === 'QueueDoesNotExist' || name.endsWith('NonExistentQueue'))
    return fail('queue_missing', 'make it, or name another one in the URL.')
  if (name === 'InvalidAddress')
    return fail('invalid_url', 'the queue lies in another region; name that one in the URL.')
  return undefined
}
