import { randomUUID } from 'node:crypto'
import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3'
import { type ClockReading, clockStep, judgeClock, type Probe, readClock, tryOut } from '../aws/diagnose.ts'
import type { Diagnosis } from '../diagnosis.ts'
import { isMissing } from './s3-errors.ts'
import { keyOf, type S3Session, targetOf } from './s3-session.ts'

const probe = new TextEncoder().encode('probe')

/** What the probes learned besides whether they may. */
interface Learned {
  clock?: ClockReading
  encryption?: string | undefined
}

/** Writes, reads, lists and deletes an object of its own, and looks at what the answers say besides. */
export async function diagnoseS3(session: S3Session): Promise<Diagnosis[]> {
  const { bucket, root, endpoint } = session.place
  const arn = `arn:aws:s3:::${bucket}`
  const learned: Learned = {}
  const work = (signal: AbortSignal): Promise<void> => listOne(session, learned, signal)
  const list = await tryOut(session.calls, { name: 'list', action: 's3:ListBucket', resource: arn, work })
  if (list.code === 'unreachable' || list.code === 'bucket_missing' || list.code === 'invalid_url')
    return [{ ...list.diagnosis, name: 'bucket' }]
  const at = endpoint === undefined ? 'AWS' : endpoint
  const findings: Diagnosis[] = [{ name: 'bucket', level: 'ok', detail: `${bucket} at ${at} answers` }, list.diagnosis]
  for (const probe of objectProbes(session, learned, `${arn}/${root}*`))
    findings.push((await tryOut(session.calls, probe)).diagnosis)
  return [...findings, ...judgeClock(learned.clock), ...judgeEncryption(session, learned)]
}

async function listOne({ client, place, deps }: S3Session, learned: Learned, abortSignal: AbortSignal): Promise<void> {
  const command = new ListObjectsV2Command({ Bucket: place.bucket, Prefix: place.root, MaxKeys: 1 })
  const read = readClock(deps, (clock) => {
    learned.clock = clock
  })
  command.middlewareStack.add(read, clockStep)
  await client.send(command, { abortSignal })
}

function objectProbes({ client, place }: S3Session, learned: Learned, resource: string): Probe[] {
  const name = `doctor/${randomUUID()}`
  const key = keyOf(place, name)
  return [
    {
      name: 'write',
      resource,
      action: 's3:PutObject',
      async work(abortSignal) {
        const put = await client.send(new PutObjectCommand({ ...targetOf(place, name), Body: probe }), { abortSignal })
        learned.encryption = put.ServerSideEncryption ?? ''
      },
    },
    {
      name: 'read',
      resource,
      action: 's3:GetObject',
      work: (abortSignal) => client.send(new GetObjectCommand(key), { abortSignal }).then(drain, ignoreMissing),
    },
    {
      name: 'delete',
      resource,
      action: 's3:DeleteObject',
      work: (abortSignal) => client.send(new DeleteObjectCommand(key), { abortSignal }),
    },
    {
      // Without it what a failed stream has sent stays, unseen and paid for.
      name: 'abort',
      resource,
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
