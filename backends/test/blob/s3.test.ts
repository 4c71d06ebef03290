import { ListMultipartUploadsCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import type { Blob } from '../../src/blob/port.ts'
import { openS3Blob } from '../../src/blob/s3.ts'
import { type Deps, systemDeps } from '../../src/deps.ts'
import { type Bucket, createBucket } from '../fixtures/bucket.ts'
import { createFaultProxy, type FaultProxy } from '../fixtures/fault-proxy.ts'
import { run } from '../fixtures/run.ts'

const endpoint = process.env.TEST_S3_ENDPOINT ?? ''
const MiB = 1024 * 1024
const limits = { connectMs: 500, callMs: 1_000 }
const unreachable = { code: 'unreachable', retryable: true }

describe.skipIf(endpoint === '')('s3: on a server that checks (skipped where TEST_S3_ENDPOINT names none)', () => {
  let bucket: Bucket
  let proxy: FaultProxy
  let round = 0
  beforeAll(async () => {
    const { hostname, port } = new URL(endpoint)
    bucket = await createBucket(endpoint)
    proxy = await createFaultProxy({ host: hostname, port: Number(port) })
  })
  afterEach(async () => {
    vi.unstubAllEnvs()
    await proxy.set({ kind: 'none' })
    round++
  })
  afterAll(async () => {
    await proxy?.close()
    await bucket?.close()
  })

  /** A storage of the test's own, with the server at its end or the proxy in between. */
  async function open({ through = false, deps = systemDeps }: { through?: boolean; deps?: Deps } = {}): Promise<Blob> {
    const at = through ? `http://127.0.0.1:${proxy.port}` : endpoint
    const blob = await openS3Blob(bucket.urlOf(`test-${round}`, at), deps, limits)
    onTestFinished(() => blob.close())
    return blob
  }
  const uploads = async (): Promise<number> => {
    const Prefix = `${bucket.prefix}/test-${round}/`
    const { Uploads = [] } = await bucket.client.send(new ListMultipartUploadsCommand({ Bucket: bucket.name, Prefix }))
    return Uploads.length
  }

  describe('faults', () => {
    test('a server that hangs ends every call in time, and all goes on once it answers', async () => {
      const blob = await open({ through: true })
      await blob.put('a', new Uint8Array(10))
      await proxy.set({ kind: 'hang' })
      const startedAt = performance.now()
      const calls = [
        blob.put('b', new Uint8Array(10)),
        blob.get('a'),
        blob.getStream('a'),
        blob.list(''),
        blob.delete('a'),
      ]
      for (const call of calls) void call.catch(() => undefined)
      for (const call of calls) await expect(call).rejects.toMatchObject(unreachable)
      await expect(blob.putStream('c', repeat(MiB, 1))).rejects.toMatchObject(unreachable)
      expect(performance.now() - startedAt).toBeLessThan(15_000)
      await proxy.set({ kind: 'none' })
      await blob.put('b', new Uint8Array(20))
      expect((await blob.get('b'))?.length).toBe(20)
    })

    test('a server that falls silent in the middle of a stream ends it in time', async () => {
      const blob = await open({ through: true })
      await blob.put('large', new Uint8Array(24 * MiB))
      const stream = (await blob.getStream('large')) ?? repeat(0, 0)
      const read = async (): Promise<void> => {
        for await (const _ of stream) await proxy.set({ kind: 'hang' })
      }
      await expect(read()).rejects.toMatchObject(unreachable)
    })

    test('a server that is away is unreachable until it is back', async () => {
      await proxy.set({ kind: 'refuse' })
      const blob = await open({ through: true })
      await expect(blob.put('a', new Uint8Array(10))).rejects.toMatchObject(unreachable)
      await expect(blob.list('')).rejects.toThrow(/s3:ListBucket on trailstitch-test: ECONNREFUSED/)
      await proxy.set({ kind: 'none' })
      await blob.put('a', new Uint8Array(10))
      expect((await blob.list('')).items).toHaveLength(1)
    })

    test('a put that is cut off leaves what was there', async () => {
      const blob = await open({ through: true })
      await blob.put('old', Buffer.from('old'))
      await proxy.set({ kind: 'reset', afterBytes: MiB })
      await expect(blob.put('old', new Uint8Array(4 * MiB))).rejects.toMatchObject(unreachable)
      await expect(blob.put('new', new Uint8Array(4 * MiB))).rejects.toMatchObject(unreachable)
      await expect(blob.putStream('new', repeat(MiB, 20))).rejects.toMatchObject(unreachable)
      await proxy.set({ kind: 'none' })
      expect(Buffer.from((await blob.get('old')) ?? []).toString()).toBe('old')
      expect(await blob.get('new')).toBeUndefined()
    })

    test('a put whose answer is lost has failed, and its object is whole', async () => {
      const blob = await open({ through: true })
      await proxy.set({ kind: 'lose-answer' })
      await expect(blob.put('a', new Uint8Array(MiB).fill(7))).rejects.toMatchObject(unreachable)
      await proxy.set({ kind: 'none' })
      expect(Buffer.compare((await blob.get('a')) ?? Buffer.from(''), Buffer.alloc(MiB, 7))).toBe(0)
    })

    test('bytes that change on the way down are not handed out', async () => {
      const blob = await open({ through: true })
      await blob.put('one', new Uint8Array(MiB))
      await blob.putStream('parts', repeat(MiB, 9))
      const read = async (name: string): Promise<void> => {
        for await (const piece of (await blob.getStream(name)) ?? repeat(0, 0)) expect(piece.length).toBeGreaterThan(0)
      }
      for (const name of ['one', 'parts']) {
        await proxy.set({ kind: 'garble', afterBytes: MiB / 2 })
        await expect(blob.get(name), name).rejects.toThrow(/checksum/i)
        await proxy.set({ kind: 'garble', afterBytes: MiB / 2 })
        await expect(read(name), name).rejects.toMatchObject({ code: 'backend_failed', retryable: true })
      }
    })

    test('bytes that change on the way up are refused', async () => {
      const target = { Bucket: bucket.name, Key: `${bucket.prefix}/test-${round}/a`, Body: 'body' }
      const wrong = new PutObjectCommand({ ...target, ChecksumCRC32: 'AAAAAA==' })
      await expect(bucket.client.send(wrong)).rejects.toMatchObject({ name: 'BadDigest' })
      expect(await (await open()).get('a')).toBeUndefined()
    })
  })

  describe('streams', () => {
    test('a stream of 160 MiB takes less than 64 MiB more memory', async () => {
      const child = run('blob-stream-process.ts', bucket.urlOf(`test-${round}`), '160')
      await child.ended
      const [grownBytes = '', storedBytes] = child.lines()
      expect(storedBytes).toBe(String(160 * MiB))
      expect(Number(grownBytes)).toBeLessThan(64 * MiB)
    })

    test('an input that fails leaves no parts', async () => {
      const blob = await open()
      let seen = 0
      async function* failing(): AsyncGenerator<Uint8Array> {
        yield* repeat(MiB, 17)
        await vi.waitFor(async () => expect(await uploads()).toBe(1), { timeout: 5_000 })
        seen = await uploads()
        throw new Error('the input failed')
      }
      await expect(blob.putStream('a', failing())).rejects.toThrow('the input failed')
      expect(seen).toBe(1)
      expect(await uploads()).toBe(0)
    })

    test('a close ends what is under way and leaves no parts', async () => {
      const blob = await open()
      await blob.put('large', new Uint8Array(8 * MiB))
      const hasBegun = Promise.withResolvers<void>()
      async function* silent(): AsyncGenerator<Uint8Array> {
        yield* repeat(MiB, 17)
        await vi.waitFor(async () => expect(await uploads()).toBe(1), { timeout: 5_000 })
        hasBegun.resolve()
        await new Promise(() => undefined)
      }
      const put = blob.putStream('a', silent())
      const stream = (await blob.getStream('large')) ?? repeat(0, 0)
      const read = (async () => {
        for await (const _ of stream) await hasBegun.promise.then(() => blob.close())
      })()
      await Promise.all([put, read].map((call) => expect(call).rejects.toMatchObject({ code: 'closed' })))
      expect(await uploads()).toBe(0)
    })
  })

  describe('links', () => {
    const fetchStatus = async (url = ''): Promise<number> => (await fetch(url)).status

    test('a link that was changed opens nothing', async () => {
      const blob = await open()
      for (const name of ['mine', 'other']) await blob.put(name, Buffer.from(name))
      const { url = '' } = (await blob.link('mine', { expiresInMs: 60_000 })) ?? {}
      expect(await fetchStatus(url)).toBe(200)
      expect(await fetchStatus(url.replace('/mine?', '/other?'))).toBe(403)
      expect(await fetchStatus(url.replace('X-Amz-Expires=60', 'X-Amz-Expires=6000'))).toBe(403)
      expect(await fetchStatus(url.replace(/(X-Amz-Signature=.)./, '$1x'))).toBe(403)
    })

    test('a link that is over opens nothing', async () => {
      const now = Date.now() - 61_000
      const blob = await open({ deps: { ...systemDeps, now: () => now } })
      await blob.put('a', Buffer.from('a'))
      const link = await blob.link('a', { expiresInMs: 60_000 })
      expect(link?.expiresAt).toBe(Math.floor(now / 1000) * 1000 + 60_000)
      expect(await fetchStatus(link?.url)).toBe(403)
    })

    test('a link lasts seven days at most, and no longer than the credentials that signed it', async () => {
      const now = Date.UTC(2026, 10, 23, 12)
      const deps = { ...systemDeps, now: () => now }
      const long = await (await open({ deps })).link('a', { expiresInMs: 30 * 86_400_000 })
      expect(long?.expiresAt).toBe(now + 7 * 86_400_000)
      vi.stubEnv('AWS_CREDENTIAL_EXPIRATION', new Date(now + 3_600_000).toISOString())
      const short = await (await open({ deps })).link('a', { expiresInMs: 86_400_000 })
      expect(short?.expiresAt).toBe(now + 3_600_000)
    })
  })

  describe('names', () => {
    test('prefixes that begin alike see nothing of each other', async () => {
      const at = (prefix: string) => openS3Blob(bucket.urlOf(`test-${round}/${prefix}`), systemDeps, limits)
      const prefixes = ['a', 'a-b', 'ab']
      const blobs = await Promise.all(prefixes.map(at))
      for (const [index, blob] of blobs.entries()) await blob.put('b', Buffer.from(prefixes[index] ?? ''))
      for (const [index, blob] of blobs.entries()) {
        expect((await blob.list('')).items.map(({ name }) => name)).toEqual(['b'])
        expect(Buffer.from((await blob.get('b')) ?? []).toString()).toBe(prefixes[index])
        await blob.close()
      }
    })

    test('objects that somebody else put there are not listed', async () => {
      const blob = await open()
      for (const name of ['b', 'd']) await blob.put(name, new Uint8Array(1))
      for (const Key of ['a b', 'c/', 'ä'])
        await bucket.client.send(
          new PutObjectCommand({
            Bucket: bucket.name,
            Key: `${bucket.prefix}/test-${round}/${Key}`,
            Body: new Uint8Array(),
          }),
        )
      const first = await blob.list('', { limit: 1 })
      expect(first).toMatchObject({ items: [{ name: 'b' }], nextCursor: 'b' })
      expect(await blob.list('', { cursor: 'b' })).toMatchObject({ items: [{ name: 'd' }], nextCursor: null })
    })

    test('a list may be longer than the pages of the service', async () => {
      const blob = await open()
      const names = Array.from({ length: 1_100 }, (_, index) => `n${10_000 + index}`)
      for (let start = 0; start < names.length; start += 50)
        await Promise.all(names.slice(start, start + 50).map((name) => blob.put(name, new Uint8Array(1))))
      const usual = await blob.list('')
      expect([usual.items.length, usual.nextCursor]).toEqual([1_000, names[999]])
      const { items, nextCursor } = await blob.list('', { limit: 1_050 })
      expect(items.map(({ name }) => name)).toEqual(names.slice(0, 1_050))
      expect(nextCursor).toBe(names[1_049])
    })
  })

  describe('credentials', () => {
    test('none at all, and wrong ones, are told apart', async () => {
      vi.stubEnv('AWS_ACCESS_KEY_ID', '')
      vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true')
      const forbidden = { code: 'forbidden', retryable: false }
      const none = (await open()).put('a', new Uint8Array(1))
      await expect(none).rejects.toMatchObject({ ...forbidden, message: expect.stringContaining('no credentials') })
      vi.stubEnv('AWS_ACCESS_KEY_ID', 'nobody')
      const wrong = (await open()).put('a', new Uint8Array(1))
      await expect(wrong).rejects.toMatchObject({ ...forbidden, message: expect.stringContaining('Compare both keys') })
    })

    test('a bucket that is not there is named', async () => {
      const blob = await openS3Blob(`s3://trailstitch-nowhere?endpoint=${endpoint}`, systemDeps, limits)
      onTestFinished(() => blob.close())
      const missing = {
        code: 'bucket_missing',
        retryable: false,
        message: expect.stringContaining('trailstitch-nowhere'),
      }
      await expect(blob.put('a', new Uint8Array(1))).rejects.toMatchObject(missing)
      await expect(blob.get('a')).rejects.toMatchObject(missing)
      await expect(blob.list('')).rejects.toMatchObject(missing)
    })

    test('without an endpoint and a region the URL is refused', async () => {
      vi.stubEnv('AWS_REGION', '')
      const opened = openS3Blob('s3://bucket', systemDeps)
      await expect(opened).rejects.toMatchObject({ code: 'invalid_url', message: expect.stringContaining('region=') })
    })
  })
})

async function* repeat(bytes: number, times: number): AsyncGenerator<Uint8Array> {
  for (let index = 0; index < times; index++) yield new Uint8Array(bytes).fill(index)
}
