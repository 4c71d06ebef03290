import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import type { Blob } from '../../src/blob/port.ts'
import { openS3Blob } from '../../src/blob/s3.ts'
import { systemDeps } from '../../src/deps.ts'

beforeEach(() => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'a')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 's')
  return () => vi.unstubAllEnvs()
})

/** A storage whose service answers every request alike. */
async function openOn(answer: (request: IncomingMessage, response: ServerResponse) => void, query = ''): Promise<Blob> {
  const server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const blob = await openS3Blob(`s3://bucket/a?endpoint=http://127.0.0.1:${port}${query}`, systemDeps)
  onTestFinished(async () => {
    await blob.close()
    server.close()
  })
  return blob
}

const fails =
  (status: number, code: string, message = 'So it is.') =>
  (_: IncomingMessage, response: ServerResponse) =>
    response.writeHead(status).end(`<Error><Code>${code}</Code><Message>${message}</Message></Error>`)

test.each([
  [403, 'AccessDenied', 'forbidden', /allow s3:PutObject/],
  [403, 'InvalidAccessKeyId', 'forbidden', /Compare both keys/],
  [403, 'SignatureDoesNotMatch', 'forbidden', /Compare both keys/],
  [403, 'RequestTimeTooSkewed', 'forbidden', /clock/],
  [400, 'ExpiredToken', 'forbidden', /session/],
  [400, 'KMS.DisabledException', 'forbidden', /kms:GenerateDataKey/],
  [301, 'PermanentRedirect', 'invalid_url', /region=/],
  [400, 'AuthorizationHeaderMalformed', 'invalid_url', /region=/],
  [404, 'NoSuchBucket', 'bucket_missing', /make it/],
  [400, 'EntityTooLarge', 'backend_failed', /EntityTooLarge: So it is\./],
])('%i %s is %s', async (status, said, code, message) => {
  const put = (await openOn(fails(status, said))).put('a', new Uint8Array(1))
  await expect(put).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
  await expect(put).rejects.toThrow(/s3:PutObject on bucket: /)
})

test('a key that may not be used is told from an object that may not', async () => {
  const blob = await openOn(fails(403, 'AccessDenied', 'User: x is not authorized to perform: kms:Decrypt'))
  await expect(blob.get('a')).rejects.toThrow(/KMS key/)
})

test('a service that keeps failing is asked three times', async () => {
  let requests = 0
  const blob = await openOn((request, response) => {
    requests++
    fails(503, 'SlowDown')(request, response)
  })
  await expect(blob.put('a', new Uint8Array(1))).rejects.toMatchObject({ code: 'backend_failed', retryable: true })
  expect(requests).toBe(3)
})

test('a failure that passes is not seen', async () => {
  let requests = 0
  const blob = await openOn((request, response) => {
    if (++requests < 3) fails(500, 'InternalError')(request, response)
    else response.end()
  })
  await blob.put('a', new Uint8Array(1))
  expect(requests).toBe(3)
})

test('encryption that the URL asks for is asked for with every upload, and uploads carry a checksum', async () => {
  const seen: IncomingMessage[] = []
  const blob = await openOn((request, response) => {
    seen.push(request)
    response.end()
  }, '&sse=aws:kms&kmsKey=key-1')
  await blob.put('a', new Uint8Array(1))
  await blob.putStream('b', one())
  expect(seen.map(({ url }) => url?.split('?')[0])).toEqual(['/bucket/a/a', '/bucket/a/b'])
  for (const { headers } of seen) {
    expect(headers).toMatchObject({
      'x-amz-server-side-encryption': 'aws:kms',
      'x-amz-server-side-encryption-aws-kms-key-id': 'key-1',
      'x-amz-checksum-crc32': expect.stringMatching(/^.{8}$/),
    })
  }
})

async function* one(): AsyncGenerator<Uint8Array> {
  yield new Uint8Array(1)
}
