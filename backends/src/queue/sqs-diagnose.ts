import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
} from '@aws-sdk/client-sqs'
import { type ClockReading, clockStep, judgeClock, type Probe, readClock, tryOut } from '../aws/diagnose.ts'
import type { Diagnosis } from '../diagnosis.ts'
import type { DeadLetters, SqsSession } from './sqs-session.ts'

const daySeconds = 86_400
/** A queue that forgets after less does not outlive a long weekend without processors. */
const leastRetentionSeconds = 4 * daySeconds

type Attributes = Readonly<Record<string, string | undefined>>

/** Looks at the queue and its dead letters and asks for each permission, without a message going in or out. */
export async function diagnoseSqs(session: SqsSession, maxReceives: number | undefined): Promise<Diagnosis[]> {
  const { place, calls } = session
  let clock: ClockReading | undefined
  let own: Attributes = {}
  const look = await tryOut(calls, {
    name: 'queue',
    action: 'sqs:GetQueueAttributes',
    resource: place.name,
    work: async (signal) => {
      own = await readAttributes(session, await session.queueUrl(), signal, (read) => {
        clock = read
      })
    },
  })
  if (look.code !== undefined) return [look.diagnosis]
  const findings: Diagnosis[] = [
    { name: 'queue', level: 'ok', detail: `${place.name} at ${place.endpoint ?? 'AWS'} answers` },
  ]
  for (const probe of permissionProbes(session, await session.queueUrl(), own.QueueArn ?? place.name))
    findings.push((await tryOut(calls, probe)).diagnosis)
  return [
    ...findings,
    ...judgeClock(clock),
    judgeEncryption(own),
    ...judgeRetention(own),
    ...(await diagnoseDeadLetters(session, own, maxReceives)),
  ]
}

async function readAttributes(
  { client, deps }: SqsSession,
  QueueUrl: string,
  abortSignal: AbortSignal,
  onClock: (clock: ClockReading) => void = () => undefined,
): Promise<Attributes> {
  const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] })
  command.middlewareStack.add(readClock(deps, onClock), clockStep)
  return (await client.send(command, { abortSignal })).Attributes ?? {}
}

/**
 * Requests that are allowed and do nothing: batches of no entries, and more messages than can be asked for. The service
 * refuses them by another name than what is not allowed.
 */
function permissionProbes({ client }: SqsSession, QueueUrl: string, resource: string): Probe[] {
  const probe = (name: string, action: string, ask: (abortSignal: AbortSignal) => Promise<unknown>): Probe => ({
    name,
    action,
    resource,
    work: (signal) => ask(signal).catch(ignoreInvalid),
  })
  const Entries: [] = []
  return [
    probe('send', 'sqs:SendMessage', (abortSignal) =>
      client.send(new SendMessageBatchCommand({ QueueUrl, Entries }), { abortSignal }),
    ),
    probe('receive', 'sqs:ReceiveMessage', (abortSignal) =>
      client.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 11 }), { abortSignal }),
    ),
    probe('delete', 'sqs:DeleteMessage', (abortSignal) =>
      client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }), { abortSignal }),
    ),
    probe('extend', 'sqs:ChangeMessageVisibility', (abortSignal) =>
      client.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries }), { abortSignal }),
    ),
  ]
}

const invalid = /Empty|Invalid|OutOfRange|Validation|MissingParameter/

function ignoreInvalid(error: unknown): void {
  if (!invalid.test((error as Error).name) || (error as Error).name === 'InvalidSecurity') throw error
}

function judgeEncryption({ SqsManagedSseEnabled: sse, KmsMasterKeyId: key }: Attributes): Diagnosis {
  if (key) return { name: 'encryption', level: 'ok', detail: 'with a key of KMS' }
  if (sse === 'true') return { name: 'encryption', level: 'ok', detail: 'with a key of SQS' }
  const fix = 'Turn on SqsManagedSseEnabled, or encrypt the disk below.'
  return { name: 'encryption', level: 'warn', detail: 'the service does not say that it encrypts', fix }
}

/** Nothing where the service does not tell. */
function judgeRetention({ MessageRetentionPeriod: seconds }: Attributes): Diagnosis[] {
  if (seconds === undefined) return []
  const days = Math.floor((Number(seconds) / daySeconds) * 10) / 10
  const detail = `what nobody processes is forgotten after ${days} days`
  if (Number(seconds) >= leastRetentionSeconds) return [{ name: 'retention', level: 'ok', detail }]
  const fix = `Set MessageRetentionPeriod to ${leastRetentionSeconds} (4 days) at least.`
  return [{ name: 'retention', level: 'warn', detail, fix }]
}

async function diagnoseDeadLetters(
  session: SqsSession,
  own: Attributes,
  maxReceives: number | undefined,
): Promise<Diagnosis[]> {
  const name = 'dead letters'
  if (!own.RedrivePolicy) {
    const fix = 'Give the queue a RedrivePolicy with a maxReceiveCount of 5 and a queue for dead letters.'
    return [{ name, level: 'fail', detail: 'it has no redrive policy: what cannot be processed comes for ever', fix }]
  }
  let dead: DeadLetters | undefined
  let theirs: Attributes = {}
  const look = await tryOut(session.calls, {
    name,
    action: 'sqs:GetQueueAttributes',
    resource: 'the queue of dead letters',
    work: async (signal) => {
      dead = await session.deadLetters()
      theirs = dead ? await readAttributes(session, dead.url, signal) : {}
    },
  })
  if (look.code !== undefined) return [look.diagnosis]
  const findings: Diagnosis[] = [{ name, level: 'ok', detail: `after ${dead?.maxReceives} receives` }]
  if (maxReceives !== undefined && dead?.maxReceives !== maxReceives) {
    const fix = `Set maxReceiveCount to ${maxReceives}, or maxReceives to ${dead?.maxReceives}.`
    findings.push({ name, level: 'warn', detail: `the policy counts, not maxReceives (${maxReceives})`, fix })
  }
  // A message keeps the time it was first sent at, so one that dies late would be gone at once.
  if (Number(theirs.MessageRetentionPeriod) <= Number(own.MessageRetentionPeriod)) {
    const fix = 'Set MessageRetentionPeriod of the queue of dead letters to 1209600 (14 days).'
    findings.push({ name, level: 'warn', detail: 'they are forgotten no later than what waits', fix })
  }
  return findings
}
