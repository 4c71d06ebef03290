import { randomUUID } from 'node:crypto'
import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3'
import type { Diagnosis } from '../diagnosis.ts'
import { BackendError } from '../errors.ts'
import { isMissing } from './s3-errors.ts'
import { keyOf, type S3Session, targetOf } from './s3-session.ts'

/** S3 refuses what is signed further off. */
const maxSkewMs = 15 * 60_000
const warnSkewMs = 60_000
const probe = new TextEncoder().encode('probe')

/** What the probes learned besides whether they may. */
interface Learned {
  /** The service's clock, ms since 1970, and how far ours is ahead of it. */
  clock?: { at: number; aheadMs: number }
  encryption?: string | undefined
}

/** Writes, reads, lists and deletes an object of its own, and looks at what the answers say besides. */
export async function diagnoseS3(session: S3Session): Promise<Diagnosis[]> {
  const { bucket, root, endpoint } = session.place
  const arn = `arn:aws:s3:::${bucket}`
  const learned: Learned = {}
  const list = await tryOut(session, 'list', 's3:ListBucket', arn, (signal) => listOne(session, learned, signal))
  if (list.code === 'unreachable' || list.code === 'bucket_missing' || list.code === 'invalid_url')
    return [{ ...list.diagnosis, name: 'bucket' }]
  const at = endpoint === undefined ? 'AWS' : endpoint
  const findings: Diagnosis[] = [{ name: 'bucket', level: 'ok', detail: `${bucket} at ${at} answers` }, list.diagnosis]
  for (const { name, action, work } of objectProbes(session, learned))
    findings.push((await tryOut(session, name, action, `${arn}/${root}*`, work)).diagnosis)
  return [...findings, ...judgeClock(learned), ...judgeEncryption(session, learned)]
}

type Work = (signal: AbortSignal) => Promise<unknown>

async function tryOut({ calls }: S3Session, name: string, action: string, resource: string, work: Work) {
  try {
    await calls.run(action, work)
    return { code: undefined, diagnosis: { name, level: 'ok', detail: `${action} is allowed` } satisfies Diagnosis }
  } catch (error) {
    if (!(error instanceof BackendError) || error.code === 'closed') throw error
    const { code, message } = error
    const fix =
      code === 'forbidden' ? `Allow ${action} on ${resource}.` : 'Mend what the message says, then run it again.'
    return { code, diagnosis: { name, level: 'fail', detail: message, fix } satisfies Diagnosis }
  }
}

async function listOne({ client, place, deps }: S3Session, learned: Learned, abortSignal: AbortSignal): Promise<void> {
  const command = new ListObjectsV2Command({ Bucket: place.bucket, Prefix: place.root, MaxKeys: 1 })
  command.middlewareStack.add(
    (next) => async (args) => {
      const sentAt = deps.now()
      const result = await next(args)
      const { headers } = result.response as { headers?: Record<string, string> }
      const at = Date.parse(headers?.date ?? '')
      // The header has whole seconds, and was written between the request and its answer.
      const aheadMs = sentAt > at + 1000 ? sentAt - at : Math.min(0, deps.now() - at)
      if (!Number.isNaN(at)) learned.clock = { at, aheadMs }
      return result
    },
    { step: 'deserialize', priority: 'low' },
  )
  await client.send(command, { abortSignal })
}

function objectProbes({ client, place }: S3Session, learned: Learned): { name: string; action: string; work: Work }[] {
  const name = `doctor/${randomUUID()}`
  const key = keyOf(place, name)
  return [
    {
      name: 'write',
      action: 's3:PutObject',
      async work(abortSignal) {
        const put = await client.send(new PutObjectCommand({ ...targetOf(place, name), Body: probe }), { abortSignal })
        learned.encryption = put.ServerSideEncryption ?? ''
      },
    },
    {
      name: 'read',
      action: 's3:GetObject',
      work: (abortSignal) => client.send(new GetObjectCommand(key), { abortSignal }).then(drain, ignoreMissing),
    },
    {
      name: 'delete',
      action: 's3:DeleteObject',
      work: (abortSignal) => client.send(new DeleteObjectCommand(key), { abortSignal }),
    },
    {
      // Without it what a failed stream has sent stays, unseen and paid for.
      name: 'abort',
      action: 's3:AbortMultipartUpload',
      work: (abortSignal) =>
        client
          .send(new AbortMultipartUploadCommand({ ...key, UploadId: 'none' }), { abortSignal })
          .catch(ignoreMissing),
    },
  ]
}

async function drain({ Body: body }: { Body?: { transformToString(): Promise<string> } | undefined }): Promise<void> {
  await body?.transformToString()
}

function ignoreMissing(error: unknown): void {
  if (!isMissing(error)) throw error
}

function judgeClock({ clock }: Learned): Diagnosis[] {
  if (!clock) return []
  const seconds = Math.round(Math.abs(clock.aheadMs) / 1000)
  const detail = `this machine is ${seconds} s ${clock.aheadMs < 0 ? 'behind' : 'ahead of'} the service`
  const fix = 'Set the clock and keep it right with NTP (timedatectl set-ntp true).'
  if (Math.abs(clock.aheadMs) > maxSkewMs) return [{ name: 'clock', level: 'fail', detail, fix }]
  if (Math.abs(clock.aheadMs) > warnSkewMs) return [{ name: 'clock', level: 'warn', detail, fix }]
  return [{ name: 'clock', level: 'ok', detail }]
}

function judgeEncryption({ place: { sse } }: S3Session, { encryption }: Learned): Diagnosis[] {
  if (encryption === undefined) return []
  const name = 'encryption'
  if (sse !== undefined && encryption !== sse) {
    const detail = `${sse} was asked for, but the service says ${encryption === '' ? 'nothing' : encryption}`
    return [{ name, level: 'fail', detail, fix: 'Leave sse out of the URL, or use a service that has it.' }]
  }
  if (encryption !== '') return [{ name, level: 'ok', detail: encryption }]
  const fix = 'Turn on default encryption for the bucket, add sse=AES256 to the URL, or encrypt the disk below.'
  return [{ name, level: 'warn', detail: 'the service does not say that it encrypts', fix }]
}
