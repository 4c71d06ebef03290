import { Readable } from 'node:stream'
import { DeleteObjectCommand, GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { type Calls, createCalls } from '../aws/calls.ts'
import type { Deps } from '../deps.ts'
import { BackendError } from '../errors.ts'
import { checkFileName, isName } from './names.ts'
import type { Blob, BlobEntry, Link, LinkOptions } from './port.ts'
import { diagnoseS3 } from './s3-diagnose.ts'
import { isMissing, toS3Error } from './s3-errors.ts'
import { createClient, keyOf, type S3Session, targetOf, usualLimits } from './s3-session.ts'
import { parseS3Url } from './s3-url.ts'
import { watchSource } from './source.ts'

/** 10,000 parts are the most S3 takes, so a stream ends at 78 GiB. */
const partBytes = 8 * 1024 * 1024
const maxParallelParts = 2
/** One over the whole object. The default is a checksum of the parts' checksums, which no download can be held to. */
const checksum = { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' } as const
const defaultLimit = 1000
/** The most a list request answers with. */
const maxPage = 1000
/** The most a signature lasts, in seconds. */
const maxLinkSeconds = 7 * 86_400

/**
 * Keeps objects in a bucket of S3 or of a server that speaks its protocol: `s3://bucket/prefix?region=eu-central-1`, and
 * with `endpoint=http://127.0.0.1:9000` on another server, addressed by path. `sse=AES256` or `sse=aws:kms&kmsKey=…` ask
 * for encryption beyond the bucket's default. Credentials come from the SDK's own chain: environment, files, role.
 * Uploads carry a CRC32 that the service checks, downloads one that is checked here.
 */
export async function openS3Blob(url: string, deps: Deps, limits = usualLimits): Promise<Blob> {
  const place = parseS3Url(url)
  const client = createClient(place, deps, limits)
  try {
    await client.config.region()
  } catch (cause) {
    throw new BackendError('invalid_url', 'Add region= to it, or set AWS_REGION.', { cause })
  }
  const calls = createCalls({ resource: place.bucket, callMs: limits.callMs, toError: toS3Error })
  const session: S3Session = { client, place, deps, calls }
  return {
    put: (name, body) =>
      calls.run('s3:PutObject', async (abortSignal) => {
        await client.send(new PutObjectCommand({ ...targetOf(place, name), Body: body }), { abortSignal })
      }),
    putStream: (name, chunks) => putStream(session, name, chunks),
    get: (name) =>
      calls.run('s3:GetObject', async (signal) => (await getBody(session, name, signal))?.transformToByteArray()),
    async getStream(name) {
      const body = await calls.run('s3:GetObject', (signal) => getBody(session, name, signal))
      return body && readBody(body, calls)
    },
    link: (name, options) => calls.run('s3:GetObject', () => link(session, name, options)),
    list: (prefix, options = {}) => calls.run('s3:ListBucket', (signal) => list(session, prefix, options, signal)),
    delete: (name) =>
      calls.run('s3:DeleteObject', async (abortSignal) => {
        await client.send(new DeleteObjectCommand(keyOf(place, name)), { abortSignal })
      }),
    diagnose: () => diagnoseS3(session),
    async close() {
      await calls.close()
      client.destroy()
    },
  }
}

/**
 * Up to 8 MiB it is one request, else a multipart upload. A close or a failure goes through the input: the library's own
 * abort returns before the parts are gone.
 */
async function putStream({ client, place, calls }: S3Session, name: string, chunks: AsyncIterable<Uint8Array>) {
  const source = watchSource(chunks)
  const send = async (signal: AbortSignal): Promise<void> => {
    signal.addEventListener('abort', () => source.stop(signal.reason))
    const params = { ...targetOf(place, name), ...checksum, Body: Readable.from(source.chunks) }
    await new Upload({ client, params, partSize: partBytes, queueSize: maxParallelParts }).done()
  }
  try {
    await calls.run('s3:PutObject', send, Number.POSITIVE_INFINITY)
  } catch (error) {
    throw source.failure()?.error ?? error
  }
}

type Body = Readable & { transformToByteArray(): Promise<Uint8Array> }

async function getBody({ client, place }: S3Session, name: string, abortSignal: AbortSignal) {
  try {
    const { Body: body } = await client.send(new GetObjectCommand(keyOf(place, name)), { abortSignal })
    return body as Body | undefined
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

/** Each piece is a call of its own, so that a service that falls silent ends it, and a close, too. */
async function* readBody(body: Readable, calls: Calls): AsyncGenerator<Uint8Array> {
  const pieces: AsyncIterator<Uint8Array> = body[Symbol.asyncIterator]()
  const read = (signal: AbortSignal): Promise<IteratorResult<Uint8Array>> => {
    signal.addEventListener('abort', () => body.destroy(signal.reason))
    return pieces.next()
  }
  try {
    for (;;) {
      const piece = await calls.run('s3:GetObject', read)
      if (piece.done) return
      yield piece.value
    }
  } finally {
    body.destroy()
  }
}

async function link(
  { client, place, deps }: S3Session,
  name: string,
  { expiresInMs, downloadAs }: LinkOptions,
): Promise<Link> {
  const expiresIn = Math.min(Math.max(Math.floor(expiresInMs / 1000), 1), maxLinkSeconds)
  if (downloadAs !== undefined) checkFileName(downloadAs)
  const disposition = downloadAs !== undefined && { ResponseContentDisposition: `attachment; filename="${downloadAs}"` }
  const signingDate = new Date(Math.floor(deps.now() / 1000) * 1000) // signatures know whole seconds
  const command = new GetObjectCommand({ ...keyOf(place, name), ...disposition })
  const url = await getSignedUrl(client, command, { expiresIn, signingDate })
  const { expiration } = await client.config.credentials()
  const expiresAt = signingDate.getTime() + expiresIn * 1000
  return { url, expiresAt: Math.min(expiresAt, expiration?.getTime() ?? expiresAt) }
}

async function list(
  { client, place: { bucket, root } }: S3Session,
  prefix: string,
  { limit = defaultLimit, cursor }: { limit?: number; cursor?: string },
  abortSignal: AbortSignal,
): Promise<{ items: BlobEntry[]; nextCursor: string | null }> {
  const items: BlobEntry[] = []
  let after = cursor
  for (;;) {
    const command = new ListObjectsV2Command({
      Bucket: bucket,
      Prefix: root + prefix,
      MaxKeys: Math.min(limit - items.length, maxPage),
      ...(after && { StartAfter: root + after }),
    })
    const { Contents: found = [], IsTruncated: hasMore } = await client.send(command, { abortSignal })
    for (const { Key = '', Size = 0, LastModified } of found) {
      after = Key.slice(root.length)
      // What others put there, such as the "folders" of a console, has names that nothing here can ask for.
      if (isName(after)) items.push({ name: after, bytes: Size, modifiedAt: LastModified?.getTime() ?? 0 })
    }
    if (!hasMore || found.length === 0) return { items, nextCursor: null }
    if (items.length >= limit) return { items, nextCursor: after ?? null }
  }
}
