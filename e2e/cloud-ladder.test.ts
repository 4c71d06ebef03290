import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { type Deps, openBlob, openKv, openQueue, openStore, runRedriver, systemDeps } from '@trailstitch/backends'
import { createCollectorApp } from '@trailstitch/collector'
import { createProcessor } from '@trailstitch/processor'
import { createProjects } from '@trailstitch/protocol'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Bucket, createBucket } from '../backends/test/fixtures/bucket.ts'
import type { FaultProxy } from '../backends/test/fixtures/fault-proxy.ts'
import { createSqsServer } from '../backends/test/fixtures/sqs.ts'
import { createSqsProxy, type SqsProxy } from '../backends/test/fixtures/sqs-proxy.ts'
import { post } from './support/api.ts'
import { type Backlog, proxyFor, readBacklog, whyNoCloud } from './support/breakable-cloud.ts'
import { breakableParts } from './support/config.ts'
import { makeFolder, projectId, readStored, removeFolder, withStore, writeKey } from './support/data-folder.ts'
import { until } from './support/until.ts'

const reason = whyNoCloud(['sqs', 's3'])
const projects = createProjects([{ id: projectId, name: 'Default', writeKeys: [writeKey] }])
const storeOf = (data: string): string => `sqlite:${join(data, 'store.db')}`

/** A collector whose queue is SQS and whose overflow is S3, with a hand on both wires. */
interface Rig {
  /** Reads and judges the requests to SQS. Behind it lies `wire`. */
  sqs: SqsProxy
  wire: FaultProxy
  s3: FaultProxy
  logged: string[]
  send(messageId: string): ReturnType<typeof post>
  backlog(): Promise<Backlog>
  /** How many chunks have set out for SQS, those that did not get there included. */
  tried(): number
  /** Re-drives until that many chunks are left in the overflow, and one more failure was told of where any are. */
  redrive(left?: number): Promise<void>
  /** Takes in what is in the queue and resolves with the messageIds that are stored then. */
  takeIn(): Promise<string[]>
  data: string
}

describe.skipIf(reason)(`a collector on SQS and S3 (${reason ?? 'both there'})`, () => {
  let rig: Rig
  let ends: (() => unknown)[] = []
  beforeEach(async () => {
    rig = await setUp(ends)
  })
  afterEach(async () => {
    for (const end of ends.reverse()) await end()
    ends = []
  })

  test('says yes once the chunk is in SQS, and leaves S3 alone', async () => {
    expect((await rig.send('m1')).status).toBe(200)
    expect(await rig.backlog()).toMatchObject({ waiting: 1, overflowed: 0 })
    expect(await rig.takeIn()).toEqual(['m1'])
  })

  const failures: Record<string, () => unknown> = {
    'fails with an error': () => rig.sqs.judge(() => ({ kind: 'refuse', status: 503, code: 'ServiceUnavailable' })),
    'takes no connection': () => rig.wire.set({ kind: 'refuse' }),
    'does not answer within its time': () => rig.wire.set({ kind: 'hang' }),
    'loses its answer': () => rig.wire.set({ kind: 'lose-answer' }),
    'fails the entry inside a 200': () =>
      rig.sqs.judge(() => ({ kind: 'fail-entries', fails: () => true, code: 'InternalError', senderFault: false })),
  }
  test.each(Object.keys(failures))('says yes when SQS %s: the chunk lies in S3, and is stored once', async (name) => {
    expect((await rig.send('m0')).status).toBe(200)
    await failures[name]?.()
    expect((await rig.send('m1')).status).toBe(200)
    expect((await rig.backlog()).overflowed).toBe(1)
    rig.sqs.judge(() => ({ kind: 'pass' }))
    await rig.wire.set({ kind: 'none' })
    expect((await rig.send('m2')).status).toBe(200)
    await rig.redrive()
    expect((await rig.backlog()).overflowed).toBe(0)
    expect(await rig.takeIn()).toEqual(['m0', 'm1', 'm2'])
    expect(await books(rig)).toEqual({ received: 3, stored: 3, duplicate: 0, holes: [] })
  })

  test('leaves in S3 what SQS does not take of a batch, until it does', async () => {
    expect((await rig.send('m0')).status).toBe(200)
    await rig.wire.set({ kind: 'refuse' })
    for (const messageId of ['m1', 'm2', 'm3']) expect((await rig.send(messageId)).status).toBe(200)
    expect(await rig.backlog()).toMatchObject({ waiting: 1, overflowed: 3 })
    await rig.wire.set({ kind: 'none' })
    const fault = { kind: 'fail-entries', code: 'InternalError', senderFault: false } as const
    let doomed: string | undefined
    rig.sqs.judge(({ body: { Entries: entries = [] } }) => {
      doomed ??= entries[1]?.MessageBody
      return { ...fault, fails: (id) => entries.some((entry) => entry.Id === id && entry.MessageBody === doomed) }
    })
    await rig.redrive(1)
    expect(await rig.backlog()).toMatchObject({ waiting: 3, overflowed: 1 })
    rig.sqs.judge(() => ({ kind: 'pass' }))
    await rig.redrive()
    expect(await rig.takeIn()).toEqual(['m0', 'm1', 'm2', 'm3'])
  })

  test('says 503 with the time to wait when both fail, and what a client sends again then is stored once', async () => {
    expect((await rig.send('m0')).status).toBe(200)
    // What is sent gets through, and nobody hears of it: neither an acknowledged event nor one to be forgotten.
    await rig.wire.set({ kind: 'lose-answer' })
    await rig.s3.set({ kind: 'refuse' })
    for (const messageId of ['m1', 'm2'])
      expect(await rig.send(messageId)).toMatchObject({
        status: 503,
        retryAfter: '5',
        body: { code: 'queue_unavailable' },
      })
    await rig.wire.set({ kind: 'none' })
    await rig.s3.set({ kind: 'none' })
    for (const messageId of ['m1', 'm2', 'm3']) expect((await rig.send(messageId)).status).toBe(200)
    await rig.redrive()
    expect(await rig.takeIn()).toEqual(['m0', 'm1', 'm2', 'm3'])
    const { received, stored, duplicate, holes } = await books(rig)
    expect({ stored, holes }).toEqual({ stored: 4, holes: [] })
    expect(received).toBe(stored + duplicate)
  })

  test('waits for a hanging SQS a few times only, and goes back to it by itself', async () => {
    expect((await rig.send('m0')).status).toBe(200)
    await rig.wire.set({ kind: 'hang' })
    const sent = Array.from({ length: 20 }, (_, index) => `m${index + 1}`)
    for (const messageId of sent) expect((await rig.send(messageId)).status).toBe(200)
    // One before; three that waited; and one each 5 s, which goes both ways and does not wait.
    const opened = rig.logged.filter((message) => message.includes('chunks go to the overflow'))
    expect(opened).toHaveLength(1)
    expect(rig.tried()).toBeGreaterThanOrEqual(4)
    expect(rig.tried()).toBeLessThanOrEqual(6)
    expect((await rig.backlog()).overflowed).toBe(sent.length)

    await rig.wire.set({ kind: 'none' })
    await until('SQS is used again', 20_000, async () => {
      sent.push(`m${sent.length + 1}`)
      expect((await rig.send(sent.at(-1) ?? '')).status).toBe(200)
      return rig.logged.some((message) => message.includes('the queue takes chunks again'))
    })
    const { overflowed } = await rig.backlog()
    for (const messageId of ['n1', 'n2', 'n3']) expect((await rig.send(messageId)).status).toBe(200)
    expect((await rig.backlog()).overflowed).toBe(overflowed)
    await rig.redrive()
    expect(await rig.takeIn()).toEqual(['m0', ...sent, 'n1', 'n2', 'n3'].toSorted())
  })
})

async function setUp(ends: (() => unknown)[]): Promise<Rig> {
  const { sqs: sqsUrl, s3: s3Url } = breakableParts
  const keep = <T>(part: T, end: (part: T) => unknown): T => {
    ends.push(() => end(part))
    return part
  }
  const server = keep(createSqsServer(sqsUrl), ({ close }) => close())
  const name = await server.create()
  const bucket: Bucket = keep(await createBucket(s3Url), ({ close }) => close())
  const wire = keep(await proxyFor(sqsUrl), ({ close }) => close())
  const s3 = keep(await proxyFor(s3Url), ({ close }) => close())
  const sqs = keep(await createSqsProxy(`http://127.0.0.1:${wire.port}`), ({ close }) => close())

  const logged: string[] = []
  const note = (_fields: object, message: string): void => void logged.push(message)
  const deps: Deps = { now: Date.now, log: { ...systemDeps.log, info: note, warn: note, error: note } }
  const open = async (sqsAt: string, s3At: string) => ({
    queue: keep(await openQueue(server.urlOf(name, sqsAt), deps), ({ close }) => close()),
    blob: keep(await openBlob(bucket.urlOf('blobs', s3At), deps), ({ close }) => close()),
  })
  const direct = await open(sqsUrl, s3Url)
  const { queue, blob: overflow } = await open(sqs.endpoint, `http://127.0.0.1:${s3.port}`)
  const kv = keep(await openKv('memory:', deps), ({ close }) => close())
  const app = keep(await createCollectorApp({ queue, overflow, kv, projects, deps }), (started) => started.close())
  await app.listen({ port: 0, host: '127.0.0.1' })
  const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
  const data = keep(makeFolder(), removeFolder)

  return {
    ...{ sqs, wire, s3, logged, data },
    send: (messageId) => post(url, 'track', { messageId, anonymousId: 'a', event: 'x' }),
    backlog: () => readBacklog(direct),
    tried: () =>
      new Set(sqs.requests.flatMap(({ body }) => (body.Entries ?? []).map((entry) => entry.MessageBody))).size,
    async redrive(left = 0) {
      const stop = new AbortController()
      const failures = (): number => logged.filter((message) => message.includes('cannot be brought')).length
      const before = failures()
      const running = runRedriver({ queue, overflow, deps }, stop.signal)
      await until(`${left} chunks are left in the overflow`, 20_000, async () => {
        return (await readBacklog(direct)).overflowed === left && (left === 0 || failures() > before)
      })
      stop.abort()
      await running
    },
    async takeIn() {
      const store = await openStore(storeOf(data), deps)
      await createProcessor({ queue: direct.queue, store, projects, deps }).drain()
      await store.close()
      return (await readStored(data)).map(({ messageId }) => messageId).toSorted()
    },
  }
}

async function books({ data }: Rig) {
  const { received, stored, duplicate, holes } = await withStore(data, (store) =>
    store.query({ type: 'ledger', project: projectId, from: 0 }),
  )
  return { received, stored, duplicate, holes }
}
