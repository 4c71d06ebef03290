import { randomBytes } from 'node:crypto'
import { SendMessageCommand } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { openBlob, systemDeps } from '../../src/index.ts'
import { openQueue } from '../../src/queue/open.ts'
import type { Queue } from '../../src/queue/port.ts'
import { spilledPrefix } from '../../src/queue/spill.ts'
import { openSqsQueue } from '../../src/queue/sqs.ts'
import { createFaultProxy, type FaultProxy } from '../fixtures/fault-proxy.ts'
import { createFolder } from '../fixtures/folder.ts'
import { createSqsServer, type SqsServer } from '../fixtures/sqs.ts'
import { createSqsProxy, type SqsProxy } from '../fixtures/sqs-proxy.ts'

const endpoint = process.env.FAUXQS_URL ?? ''
const elasticMq = process.env.ELASTICMQ_URL ?? ''
const limits = { connectMs: 300, requestMs: 400, callMs: 2_000 }
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const text = ({ body }: { body: Uint8Array }): string => new TextDecoder().decode(body)
const unreachable = { code: 'unreachable', retryable: true }

/** All that waits, acked. */
async function takeAll(queue: Queue): Promise<string[]> {
  const all: string[] = []
  for (;;) {
    const found = await queue.receive({ max: 10, waitMs: 0, leaseMs: 60_000 })
    if (found.length === 0) return all.sort()
    all.push(...found.map(text))
    await queue.ack(found.map(({ receipt }) => receipt))
  }
}

describe.skipIf(endpoint === '')('sqs: (skipped where FAUXQS_URL names no server)', () => {
  let server: SqsServer
  let wire: FaultProxy
  let proxy: SqsProxy
  beforeAll(async () => {
    server = createSqsServer(endpoint)
    const { hostname, port } = new URL(endpoint)
    wire = await createFaultProxy({ host: hostname, port: Number(port) })
    proxy = await createSqsProxy(endpoint)
  })
  afterAll(async () => {
    await wire.close()
    await proxy.close()
    await server.close()
  })

  async function open(name: string, at?: string): Promise<Queue> {
    const queue = await openSqsQueue(server.urlOf(name, at), systemDeps, { maxReceives: 5 }, limits)
    onTestFinished(async () => {
      await wire.set({ kind: 'none' })
      proxy.judge(() => ({ kind: 'pass' }))
      await queue.close()
    })
    return queue
  }
  const openThroughWire = async () => open(await server.create(), `http://127.0.0.1:${wire.port}`)
  const openThroughProxy = async () => open(await server.create(), proxy.endpoint)

  describe('what fails below HTTP', () => {
    test.each([
      ['hangs', { kind: 'hang' }],
      ['is away', { kind: 'refuse' }],
      ['resets connections', { kind: 'reset', afterBytes: 100 }],
      ['answers too late', { kind: 'delay', ms: 600 }],
    ] as const)('a service that %s ends a send in time, and takes the next one once that is over', async (_, fault) => {
      const queue = await openThroughWire()
      await queue.send([bytes('before')])
      await wire.set(fault)
      const [outcome] = await queue.send([bytes('meanwhile')])
      expect(outcome).toMatchObject({ ok: false, error: unreachable })
      await expect(queue.depth()).rejects.toMatchObject(unreachable)
      await wire.set({ kind: 'none' })
      expect(await queue.send([bytes('after')])).toEqual([{ ok: true }])
      // What was given up may have arrived all the same.
      const arrived = await takeAll(queue)
      expect(arrived.filter((one) => one !== 'meanwhile')).toEqual(['after', 'before'])
    })

    test('a send whose answers are lost has failed, and its message is there', async () => {
      const queue = await openThroughWire()
      await queue.depth()
      await wire.set({ kind: 'lose-answer' })
      const [outcome] = await queue.send([bytes('twice or more')])
      expect(outcome).toMatchObject({ ok: false, error: unreachable })
      await wire.set({ kind: 'none' })
      expect(new Set(await takeAll(queue))).toEqual(new Set(['twice or more']))
    })

    test('a waiting receive outlasts the time that other calls have', async () => {
      const queue = await openThroughWire()
      const waiting = queue.receive({ max: 1, waitMs: 5_000, leaseMs: 60_000 })
      await new Promise((resolve) => setTimeout(resolve, limits.requestMs + limits.callMs))
      await queue.send([bytes('late')])
      expect((await waiting).map(text)).toEqual(['late'])
    })
  })

  describe('what the service says no to', () => {
    test('of entries that fail inside a 200 the service’s own fault is tried again, and no message is lost or doubled', async () => {
      const queue = await openThroughProxy()
      let times = 0
      const once = (id: string): boolean => id === '1' && times++ === 0
      proxy.judge(({ action }) =>
        action === 'SendMessageBatch'
          ? { kind: 'fail-entries', fails: once, code: 'InternalError', senderFault: false }
          : { kind: 'pass' },
      )
      expect(await queue.send(['a', 'b', 'c'].map(bytes))).toEqual([{ ok: true }, { ok: true }, { ok: true }])
      expect(await takeAll(queue)).toEqual(['a', 'b', 'c'])
    })

    test('of entries that go on failing only those are told as failed', async () => {
      const queue = await openThroughProxy()
      proxy.judge(({ action }) =>
        action === 'SendMessageBatch'
          ? { kind: 'fail-entries', fails: (id) => id !== '1', code: 'InternalError', senderFault: false }
          : { kind: 'pass' },
      )
      const failed = {
        ok: false,
        error: { code: 'backend_failed', retryable: true, message: expect.stringContaining('InternalError') },
      }
      expect(await queue.send(['a', 'b', 'c'].map(bytes))).toMatchObject([failed, { ok: true }, failed])
      expect(await takeAll(queue)).toEqual(['b'])
    })

    test('our own fault is not tried again', async () => {
      const queue = await openThroughProxy()
      const before = proxy.requests.length
      proxy.judge(({ action }) =>
        action === 'SendMessageBatch'
          ? { kind: 'fail-entries', fails: () => true, code: 'InvalidMessageContents', senderFault: true }
          : { kind: 'pass' },
      )
      expect((await queue.send([bytes('a')]))[0]?.ok).toBe(false)
      const sends = proxy.requests.slice(before).filter(({ action }) => action === 'SendMessageBatch')
      expect(sends).toHaveLength(1)
    })

    test('an outage of the service is told as one, and passes', async () => {
      const queue = await openThroughProxy()
      proxy.judge(() => ({ kind: 'refuse', status: 503, code: 'ServiceUnavailable' }))
      const [outcome] = await queue.send([bytes('a')])
      expect(outcome).toMatchObject({ ok: false, error: { code: 'backend_failed', retryable: true } })
      proxy.judge(() => ({ kind: 'pass' }))
      expect(await queue.send([bytes('b')])).toEqual([{ ok: true }])
    })

    test('acks that the service fails are tried again, and else tell so', async () => {
      const queue = await openThroughProxy()
      await queue.send([bytes('a')])
      const found = await queue.receive({ max: 1, waitMs: 0, leaseMs: 60_000 })
      const receipts = found.map(({ receipt }) => receipt)
      const failing = { kind: 'fail-entries', fails: () => true, code: 'InternalError', senderFault: false } as const
      proxy.judge(() => failing)
      await expect(queue.ack(receipts)).rejects.toMatchObject({ code: 'backend_failed' })
      let times = 0
      proxy.judge(() => (times++ === 0 ? failing : { kind: 'pass' }))
      await queue.ack(receipts)
      expect(await queue.depth()).toMatchObject({ waiting: 0, leased: 0 })
    })

    test('what is not allowed names the permission, and a queue that is not there is named', async () => {
      const queue = await openThroughProxy()
      await queue.depth()
      proxy.judge(() => ({ kind: 'refuse', status: 403, code: 'AccessDeniedException' }))
      const [outcome] = await queue.send([bytes('a')])
      const forbidden = { code: 'forbidden', retryable: false }
      expect(outcome?.error).toMatchObject({ ...forbidden, message: expect.stringContaining('allow sqs:SendMessage') })
      await expect(queue.receive({ max: 1, waitMs: 0, leaseMs: 1_000 })).rejects.toThrow(/allow sqs:ReceiveMessage/)
      await expect(queue.ack(['1'])).rejects.toThrow(/allow sqs:DeleteMessage/)
      await expect(queue.extend(['1'], 1_000)).rejects.toThrow(/allow sqs:ChangeMessageVisibility/)
      const missing = await open('nowhere')
      expect((await missing.send([bytes('a')]))[0]?.error).toMatchObject({ code: 'queue_missing', retryable: false })
    })
  })

  describe('messages', () => {
    test('are compressed, so that what is alike is billed for little', async () => {
      const queue = await openThroughProxy()
      const before = proxy.requests.length
      const body = bytes(JSON.stringify(Array.from({ length: 500 }, (_, id) => ({ id, event: 'Order Completed' }))))
      await queue.send([body])
      const sent = proxy.requests.slice(before).find(({ action }) => action === 'SendMessageBatch')
      expect(sent?.messageBytes).toBeLessThan(body.length / 3)
    })

    test('of one send travel ten in a request, and no request weighs more than 1 MiB', async () => {
      const queue = await openThroughProxy()
      const before = proxy.requests.length
      const bodies = Array.from({ length: 25 }, (_, index) => randomBytes(index < 2 ? 600_000 : 100))
      expect((await queue.send(bodies)).every(({ ok }) => ok)).toBe(true)
      const sends = proxy.requests.slice(before).filter(({ action }) => action === 'SendMessageBatch')
      expect(sends.map(({ body }) => body.Entries?.length).sort()).toEqual([1, 10, 10, 4])
      expect(Math.max(...sends.map(({ messageBytes }) => messageBytes))).toBeLessThanOrEqual(1024 * 1024)
      expect((await queue.depth()).waiting).toBe(25)
    })

    test('may be as large as the queue says, and no larger', async () => {
      const queue = await open(await server.create())
      const { maxMessageBytes } = queue.traits
      const sent = randomBytes(maxMessageBytes)
      const [fits, tooLarge] = await queue.send([sent, randomBytes(maxMessageBytes + 1)])
      expect(fits).toEqual({ ok: true })
      expect(tooLarge).toMatchObject({ ok: false, error: { code: 'message_too_large', retryable: false } })
      const [found] = await queue.receive({ max: 1, waitMs: 0, leaseMs: 60_000 })
      expect(Buffer.compare(found?.body ?? bytes(''), sent)).toBe(0)
    })

    test('of somebody else come as they are', async () => {
      const name = await server.create()
      const queue = await open(name)
      for (const MessageBody of ['not ours', 'KLUv/QBYSQAAaGVsbG8gd29ybA==', 'KLUv/Q==', '{"a":1}'])
        await server.client.send(new SendMessageCommand({ QueueUrl: server.queueUrl(name), MessageBody }))
      expect(await takeAll(queue)).toHaveLength(4)
    })

    test('too large for the queue lie in blob storage until they are acked', async () => {
      const folder = createFolder()
      const spillUrl = `file:${folder.path}`
      const queue = await openQueue(server.urlOf(await server.create()), systemDeps, { spillUrl })
      const blob = await openBlob(spillUrl, systemDeps)
      onTestFinished(async () => {
        await queue.close()
        await blob.close()
        folder.remove()
      })
      const large = randomBytes(queue.traits.maxMessageBytes + 1)
      const outcomes = await queue.send([bytes('small'), large, bytes('last')])
      expect(outcomes).toEqual([{ ok: true }, { ok: true }, { ok: true }])
      const spilled = async () => (await blob.list(spilledPrefix)).items
      expect(await spilled()).toHaveLength(1)
      const found = await queue.receive({ max: 10, waitMs: 0, leaseMs: 60_000 })
      expect(found.map(({ body }) => body.length).sort((a, b) => a - b)).toEqual([4, 5, large.length])
      expect(found.some(({ body }) => Buffer.compare(body, large) === 0)).toBe(true)
      await queue.ack(found.map(({ receipt }) => receipt))
      expect(await spilled()).toEqual([])
      expect(await queue.depth()).toMatchObject({ waiting: 0, leased: 0 })
    })
  })

  describe.each([
    ['fauxqs', endpoint],
    ['ElasticMQ', elasticMq],
  ])('dead letters on %s', (_, at) => {
    test.skipIf(at === '')('can be looked at again at once, page by page, and are not lost by it', async () => {
      const here = createSqsServer(at)
      onTestFinished(() => here.close())
      const name = await here.create(1)
      const queue = await openSqsQueue(here.urlOf(name), systemDeps, {})
      onTestFinished(() => queue.close())
      await queue.send(Array.from({ length: 13 }, (_, index) => bytes(`m${index}`)))
      const dying = await queue.receive({ max: 20, waitMs: 0, leaseMs: 60_000 })
      await queue.nack(
        dying.map(({ receipt }) => receipt),
        0,
      )
      // Some servers bury ten at a time.
      for (let time = 0; time < 2; time++)
        expect(await queue.receive({ max: 20, waitMs: 0, leaseMs: 60_000 })).toEqual([])
      for (let look = 0; look < 2; look++) {
        const first = await queue.list('dead', { limit: 10 })
        const rest = await queue.list('dead', { limit: 10, cursor: first.nextCursor ?? '' })
        expect([first.items.length, rest.items.length, rest.nextCursor]).toEqual([10, 3, null])
        expect(new Set([...first.items, ...rest.items].map(text)).size).toBe(13)
      }
      await expect(queue.list('dead', { limit: 10, cursor: 'none' })).rejects.toMatchObject({ code: 'invalid_cursor' })
      expect(await queue.redrive()).toBe(13)
      expect(await takeAll(queue)).toHaveLength(13)
      expect(await queue.depth()).toEqual({ waiting: 0, leased: 0, dead: 0, oldestAgeMs: 0 })
    })
  })

  test.skipIf(elasticMq === '')('dead letters are moved by the service where it can', async () => {
    const here = createSqsServer(elasticMq)
    onTestFinished(() => here.close())
    const watched = await createSqsProxy(elasticMq)
    onTestFinished(() => watched.close())
    const name = await here.create(1)
    const through = await openSqsQueue(here.urlOf(name, watched.endpoint), systemDeps, {})
    onTestFinished(() => through.close())
    await through.send([bytes('a')])
    const [delivery] = await through.receive({ max: 1, waitMs: 0, leaseMs: 60_000 })
    await through.nack([delivery?.receipt ?? ''], 0)
    await through.receive({ max: 1, waitMs: 0, leaseMs: 60_000 })
    expect(await through.redrive()).toBe(1)
    const actions = watched.requests.map(({ action }) => action)
    expect(actions).toContain('StartMessageMoveTask')
    expect(actions.filter((action) => action === 'SendMessageBatch')).toHaveLength(1)
  })
})
