import { type Message, ReceiveMessageCommand } from '@aws-sdk/client-sqs'
import { toSeconds } from './sqs-batches.ts'
import type { SqsSession } from './sqs-session.ts'

/** The most one request brings, and the longest it waits. */
const maxMessages = 10
const maxWaitMs = 20_000
const slackMs = 50

export interface ReceiveRequest {
  url: string
  max: number
  waitMs: number
  leaseMs: number
  /** Ends the wait. */
  signal: AbortSignal
}

/** Up to `max` messages; waits for the first one alone. May reject once the signal has aborted. */
export async function receiveMessages(session: SqsSession, request: ReceiveRequest): Promise<Message[]> {
  const until = performance.now() + request.waitMs
  const found: Message[] = []
  while (found.length < request.max && !request.signal.aborted) {
    const waitMs = found.length > 0 ? 0 : Math.max(0, until - performance.now())
    const asked = Math.min(maxMessages, request.max - found.length)
    const some = await receiveOnce(session, { ...request, max: asked, waitMs })
    found.push(...some)
    const hasMore = some.length === asked
    const mayWait = found.length === 0 && until - performance.now() >= 1_000 - slackMs
    if (!hasMore && !mayWait) break
  }
  return found
}

/** Messages that are on their way when the signal aborts come again once their lease is over. */
async function receiveOnce(
  { client, calls, limits }: SqsSession,
  { url, max, waitMs, leaseMs, signal }: ReceiveRequest,
): Promise<Message[]> {
  // The time until here is not to cost a whole second.
  const waitSeconds = Math.floor((Math.min(waitMs, maxWaitMs) + slackMs) / 1000)
  const command = new ReceiveMessageCommand({
    QueueUrl: url,
    MaxNumberOfMessages: max,
    WaitTimeSeconds: waitSeconds,
    VisibilityTimeout: toSeconds(leaseMs),
    MessageSystemAttributeNames: ['ApproximateReceiveCount', 'SentTimestamp'],
  })
  const receive = async (ofCall: AbortSignal): Promise<Message[]> => {
    const options = {
      abortSignal: AbortSignal.any([ofCall, signal]),
      requestTimeout: waitSeconds * 1000 + limits.requestMs,
    }
    return (await client.send(command, options)).Messages ?? []
  }
  return calls.run('sqs:ReceiveMessage', receive, waitSeconds * 1000 + limits.callMs)
}
