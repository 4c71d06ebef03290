import { openStore, type Store, silentLog } from '@trailstitch/backends'
import type { StoredEvent } from '@trailstitch/protocol'
import fc from 'fast-check'
import { type Document, MongoClient } from 'mongodb'
import { afterAll, describe, expect, test } from 'vitest'
import { createFaultProxy, type Fault } from '../../../backends/test/fixtures/fault-proxy.ts'
import { stitchRules } from '../../src/stitch/index.ts'
import { createMongoRun } from '../mongo-run.ts'
import { arbitraryEvents } from './generate.ts'
import { proxyTo } from './mongo-proxy.ts'
import type { MongoCommand } from './mongo-wire.ts'
import { chunkOf, expectedWorld, noon, readWorld } from './worlds.ts'

const server = process.env.MONGO_URL ?? ''
const deps = { now: () => noon, log: silentLog }

/** Two chunks of the same people; the second one holds copies of events of the first, and late ones. */
const arbitraryChunks = fc
  .tuple(
    arbitraryEvents({ minLength: 6, maxLength: 12, edges: true }),
    arbitraryEvents({ minLength: 3, maxLength: 8, edges: true }),
  )
  .map(([first, second]) => [
    first,
    [...second.map((event) => ({ ...event, messageId: `late-${event.messageId}` })), ...first.slice(0, 2)],
  ])

async function live(store: Store, chunks: readonly StoredEvent[][]): Promise<void> {
  for (const [index, events] of chunks.entries()) {
    await store.append([chunkOf(events, index + 1)])
    for (let behind = 1; behind > 0; ) ({ behind } = await store.stitch(stitchRules, 100))
  }
}

describe.skipIf(server === '')('the store in MongoDB', { timeout: 180_000 }, () => {
  const databases = createMongoRun(server)
  let round = 0
  afterAll(() => databases.drop())

  test('has what it acknowledged, once, however connections are cut while it appends and stitches', async () => {
    const fault: fc.Arbitrary<Fault> = fc.oneof(
      fc.integer({ min: 0, max: 9_000 }).map((afterBytes): Fault => ({ kind: 'reset', afterBytes })),
      fc.constantFrom<Fault>({ kind: 'lose-answer' }, { kind: 'none' }),
    )
    let failures = 0
    await fc.assert(
      fc.asyncProperty(arbitraryChunks, fc.array(fault, { minLength: 3, maxLength: 5 }), async (chunks, faults) => {
        const url = new URL(databases.url(`cut${round++}`))
        const proxy = await createFaultProxy({ host: url.hostname, port: Number(url.port || 27017) })
        url.port = String(proxy.port)
        url.search = '?directConnection=true&serverSelectionTimeoutMS=400'
        const store = await openStore(url.href, deps)
        const left = [...faults]
        /** The next fault comes with each call, whatever became of the one before, until there are no more. */
        const insist = async <T>(call: () => Promise<T>): Promise<T> => {
          for (;;) {
            await proxy.set(left.pop() ?? { kind: 'none' })
            try {
              return await call()
            } catch (error) {
              failures++
              expect(error).toMatchObject({ code: 'unreachable', retryable: true })
            }
          }
        }
        for (const [index, events] of chunks.entries()) {
          await insist(() => store.append([chunkOf(events, index + 1)]))
          for (let behind = 1; behind > 0; ) ({ behind } = await insist(() => store.stitch(stitchRules, 6)))
        }
        // What is left of the last fault may still come, and then there are no more.
        expect(await insist(() => readWorld(store))).toEqual(await expectedWorld(chunks))
        await store.close()
        await proxy.close()
        await databases.drop()
      }),
      { numRuns: 8 },
    )
    expect(failures).toBeGreaterThan(4)
  })

  const [chunks] = fc.sample(arbitraryChunks, { numRuns: 1, seed: 5 }) as [StoredEvent[][]]

  /** What a write is answered with, instead of being made; which of them are, the first one, and how many steps to the next. */
  const answers: [string, Answer, isMeant: (command: MongoCommand) => boolean, first: number, step: number][] = [
    ['a write conflict', () => ({ ok: 0, code: 112 }), isWrite, 1, 2],
    ['a write conflict in each document', (command) => refusal(command, 112), isWrite, 2, 2],
    ['a label that says so, whatever the code', () => ({ ok: 0, code: 1, ...retryable }), isWrite, 2, 2],
    // After these the driver looks for the server again, which takes half a second.
    ['a primary that is none any more', () => ({ ok: 0, code: 10107 }), isWrite, 1, 6],
    ['a primary that steps down', () => ({ ok: 0, code: 189 }), isWrite, 3, 6],
    ['no word from the majority', (command) => ({ ...success(command), ...noMajority }), isWrite, 5, 6],
    ['no word from the majority, though it is done', doneInSecret, isWrite, 1, 1],
    ['somebody else’s document in its place', insertBefore, isUpsert, 1, 1],
  ]
  test.each(answers)('makes a write again that was answered with %s', async (_name, answer, isMeant, first, step) => {
    const expected = await expectedWorld(chunks)
    for (let number = first, ended = false; !ended; number += step) {
      const direct = databases.url(`answer${round++}`)
      const client = new MongoClient(direct)
      const { proxy, url } = await proxyTo(direct)
      const store = await openStore(url, deps)
      let count = 0
      proxy.judge((command) => (isMeant(command) && ++count === number ? answer(command, client) : undefined))
      await live(store, chunks)
      ended = count < number
      expect(await readWorld(store), `at write ${number}`).toEqual(expected)
      await store.close()
      await proxy.close()
      await client.close()
      await databases.drop()
    }
  })
})

type Answer = (command: MongoCommand, client: MongoClient) => Document | Promise<Document>

const retryable = { errorLabels: ['RetryableWriteError'] }
const noMajority = { writeConcernError: { code: 91 } }

const isWrite = ({ name }: MongoCommand): boolean => ['insert', 'update', 'delete', 'findAndModify'].includes(name)

const isUpsert = ({ name, body }: MongoCommand): boolean =>
  name === 'findAndModify' ? body.upsert : name === 'update' && body.updates.some(({ upsert }: Document) => upsert)

const writesIn = ({ body }: MongoCommand): number =>
  ((body.documents ?? body.updates ?? body.deletes ?? [1]) as unknown[]).length

const success = (command: MongoCommand): Document =>
  command.name === 'findAndModify' ? { ok: 1, value: null } : { ok: 1, n: writesIn(command) }

/** The answer to a bulk none of whose writes was made. A single document is refused as a whole. */
function refusal(command: MongoCommand, code: number): Document {
  if (command.name === 'findAndModify') return { ok: 0, code }
  const writeErrors = Array.from({ length: writesIn(command) }, (_, index) => ({ index, code, errmsg: '-' }))
  return { ok: 1, n: 0, writeErrors }
}

async function doneInSecret({ body }: MongoCommand, client: MongoClient): Promise<Document> {
  const { $db, lsid: _session, txnNumber: _number, $clusterTime: _time, ...command } = body
  const answer = await client.db($db).command(command)
  return { ...answer, writeConcernError: { code: 262 } }
}

/** Before a round inserts documents, one that was asleep for long writes them. Other upserts are refused just so. */
async function insertBefore(command: MongoCommand, client: MongoClient): Promise<Document> {
  for (const { q, u } of (command.body.updates ?? []) as Document[]) {
    if (!('r' in q)) continue
    const stale = { $setOnInsert: { ...u, gone: noon, r: 0 } }
    await client.db().collection(command.collection).updateOne({ _id: q._id }, stale, { upsert: true })
  }
  return refusal(command, 11000)
}
