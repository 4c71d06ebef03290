import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createDashboardApp } from '../../src/server/app.ts'
import { holesWithout, type LedgerRange } from '../../src/server/ledger.ts'
import { readLedger } from '../../src/server/ledger-reading.ts'
import { createModel, type Model, portsOf } from './ledger-model.ts'
import {
  chunkOf,
  createOptions,
  createScriptedQueue,
  createScriptedStore,
  emptyLedger,
  iso,
  start,
  token,
} from './scripted.ts'

const minuteMs = 60_000
const now = () => start
const numRuns = 500

const step = fc.tuple(
  fc.constantFrom(
    'send',
    'send',
    'detour',
    'detour',
    'redrive',
    'redrive',
    'giveUp',
    'process',
    'process',
    'process',
    'ack',
    'ack',
    'die',
  ),
  fc.nat(30),
)
type Step = readonly [name: string, value: number]

function play(model: Model, [name, value]: Step): void {
  const collector = `c${value % 2}`
  if (name === 'send') model.send(collector, value % 3 === 0 ? 'blog' : 'shop', value % 4, value % 7)
  if (name === 'detour')
    model.detour(collector, value % 3 === 0 ? 'blog' : 'shop', value % 4, value % 7, value % 5 === 1)
  if (name === 'redrive') model.redrive(value, value % 3 === 1)
  if (name === 'giveUp') model.giveUp(collector)
  if (name === 'process') model.process(value)
  if (name === 'ack') model.ack(value)
  if (name === 'die') model.die(value)
}

const rangeOf = (project: string | undefined, from: number | undefined, to: number | undefined): LedgerRange => ({
  ...(project === undefined ? {} : { project }),
  ...(from === undefined ? {} : { from: start + from * minuteMs }),
  ...(to === undefined ? {} : { to: start + to * minuteMs }),
})
const ranges = fc
  .tuple(
    fc.option(fc.constantFrom('shop', 'blog'), { nil: undefined }),
    fc.option(fc.nat(3), { nil: undefined }),
    fc.option(fc.nat(5), { nil: undefined }),
  )
  .map(([project, from, to]) => rangeOf(project, from, to))

const eventsSent = (model: Model, { project, from = 0, to = Number.POSITIVE_INFINITY }: LedgerRange) =>
  model.sent
    .filter((chunk) => (project ?? chunk.project) === chunk.project)
    .filter(({ minute }) => start + minute * minuteMs >= from && start + minute * minuteMs < to)
    .reduce((sum, { events }) => sum + events, 0)

test('whatever moves from overflow to queue to store while the books are read, they balance and count every event once', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 40 }),
      fc.array(fc.array(step, { maxLength: 4 }), { maxLength: 12 }),
      ranges,
      async (before, during, range) => {
        const model = createModel()
        for (const one of before) play(model, one)
        const sentBefore = eventsSent(model, range)
        const rounds = [...during]
        const ports = portsOf(model, () => {
          for (const one of rounds.shift() ?? []) play(model, one)
        })
        const books = await readLedger({ ...ports, now }, range, { pageSize: 3 })
        expect([books.balanced, books.holes, books.complete]).toEqual([true, [], true])
        expect(books.received).toBe(books.stored + books.duplicate + books.rejected + books.dead + books.inFlight)
        expect(books.received).toBeGreaterThanOrEqual(sentBefore)
        expect(books.received).toBeLessThanOrEqual(eventsSent(model, range))
        for (const field of ['received', 'stored', 'duplicate', 'rejected', 'dead', 'inFlight'] as const)
          expect(books.minutes.reduce((sum, row) => sum + row[field], 0)).toBe(books[field])
      },
    ),
    { numRuns },
  )
})

test('a message that dies between the two listings is counted once', async () => {
  const model = createModel()
  model.send('c1', 'shop', 0, 4)
  let answers = 0
  const { store, queue } = portsOf(model, () => {
    answers++
    if (answers === 2) model.die(0)
  })
  expect(await readLedger({ store, queue, now }, {})).toMatchObject({
    received: 4,
    dead: 4,
    inFlight: 0,
    balanced: true,
  })
})

test('where the queue shows nothing of what waits, only an old gap is a hole, and the books say that they are incomplete', async () => {
  const model = createModel()
  for (let count = 0; count < 3; count++) model.send('c1', 'shop', 0, 2)
  model.process(0)
  model.process(2)
  const ports = portsOf(model, () => undefined)
  const traits = { maxMessageBytes: 1, listsPending: false }
  const list: typeof ports.queue.list = async (state, options) => {
    if (state === 'pending') throw new Error('this queue lists nothing that waits')
    return ports.queue.list(state, options)
  }
  const read = (waiting: number, laterMs: number) => {
    const depth = async () => ({ waiting, leased: 0, dead: 0, oldestAgeMs: null })
    return readLedger({ store: ports.store, queue: { traits, list, depth }, now: () => now() + laterMs }, {})
  }
  const minutes = (count: number) => count * 60_000
  expect(await read(1, minutes(10))).toMatchObject({
    received: 4,
    holes: [],
    balanced: true,
    complete: false,
  })
  for (const [waiting, laterMs] of [
    [1, minutes(16)],
    [0, minutes(3)],
  ] as const)
    expect(await read(waiting, laterMs)).toMatchObject({ holes: [{ fromSeq: 2, toSeq: 2 }], balanced: false })
})

test('a number that is given up while the books are read is no hole', async () => {
  const model = createModel()
  model.giveUp('c1')
  const [late] = model.takeVoided('c1')
  let answers = 0
  const { store, queue } = portsOf(model, () => {
    answers++
    // Once the queue was read, a chunk is processed that does not know yet; once the sums were, the one that tells.
    if (answers === 3) model.send('c1', 'shop', 0, 2)
    if (answers === 4) model.send('c1', 'shop', 0, 2, [late ?? 0])
    for (const which of [0, 1]) {
      model.process(which)
      model.ack(which)
    }
  })
  const books = await readLedger({ store, queue, now }, {})
  expect([answers, books.balanced, books.holes]).toEqual([6, true, []])
})

test('a chunk that is lost shows as a hole once a later one is processed, and nothing else does', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.nat(20), async (steps, which) => {
      const model = createModel()
      for (const one of steps) play(model, one)
      const there = [...[...model.messages.values()].map(({ chunk }) => chunk), ...model.overflow.values()]
      const waiting = there.filter(({ collector, seq }) => !model.taken.has(`${collector}:${seq}`))
      fc.pre(waiting.length > 0)
      const chunk = waiting[which % waiting.length] as (typeof waiting)[number]
      for (const [id, message] of model.messages) if (message.chunk === chunk) model.messages.delete(id)
      for (const [name, one] of model.overflow) if (one === chunk) model.overflow.delete(name)
      // Every later chunk of that collector is processed, so that what the lost one gave up cannot be known either.
      model.send(chunk.collector, 'shop', 0, 1)
      for (let left = model.messages.size; left > 0; left--) model.process(left)
      const books = await readLedger({ ...portsOf(model, () => {}), now }, {})
      expect(books.balanced).toBe(false)
      const missing = [...chunk.voided, chunk.seq].sort((a, b) => a - b)
      const shown = books.holes.flatMap(({ fromSeq, toSeq }) =>
        Array.from({ length: toSeq - fromSeq + 1 }, (_, index) => fromSeq + index),
      )
      expect(books.holes.every(({ collector }) => collector === chunk.collector)).toBe(true)
      expect(shown).toEqual(missing)
    }),
    { numRuns },
  )
})

test('sums that do not add up are not balanced, be it in a single minute', async () => {
  const sums = { received: 4, stored: 2, duplicate: 1, rejected: 1 }
  const minutes = [
    { project: 'shop', minute: start, received: 2, stored: 2, duplicate: 1, rejected: 0 },
    { project: 'shop', minute: start + minuteMs, received: 2, stored: 0, duplicate: 0, rejected: 1 },
  ]
  const read = (answer: typeof emptyLedger) =>
    readLedger({ store: createScriptedStore({ ledger: () => answer }), queue: createScriptedQueue(), now }, {})
  expect((await read({ ...emptyLedger, ...sums })).balanced).toBe(true)
  expect((await read({ ...emptyLedger, ...sums, stored: 1 })).balanced).toBe(false)
  expect((await read({ ...emptyLedger, ...sums, minutes })).balanced).toBe(false)
})

test('messages nobody can read are counted as messages, and a chunk sent twice as one', async () => {
  const one = chunkOf({ seq: 1, parts: [{ events: 3 }] })
  const lying = chunkOf({ seq: 9, parts: [{ events: -3 }] })
  const queue = createScriptedQueue(
    [one, one, Buffer.from('TSC1')],
    [Buffer.from('?'), lying, chunkOf({ seq: 2, parts: [{ events: 5 }] })],
  )
  const store = createScriptedStore({ ledger: () => emptyLedger, processed: () => [] })
  const books = await readLedger({ store, queue, now }, {})
  expect(books).toMatchObject({
    inFlight: 3,
    dead: 5,
    received: 8,
    pendingUndecodable: 1,
    deadUndecodable: 2,
    balanced: true,
  })
})

test('what lies in the overflow is in flight, and counts once though the queue has it, too', async () => {
  const inBoth = chunkOf({ seq: 1, parts: [{ events: 3 }] })
  const objects = new Map([
    ['overflow/2024-05-06/c1-1', inBoth],
    ['overflow/2024-05-06/c1-2', chunkOf({ seq: 2, parts: [{ events: 5 }] })],
    ['overflow/2024-05-06/c1-3', Buffer.from('TSC1')],
  ])
  const overflow = {
    list: async () => ({
      items: [...objects.keys(), 'overflow/gone'].map((name) => ({ name, bytes: 1, modifiedAt: 0 })),
      nextCursor: null,
    }),
    get: async (name: string) => objects.get(name),
  }
  const store = createScriptedStore({
    ledger: () => ({ ...emptyLedger, holes: [{ collector: 'c1', fromSeq: 1, toSeq: 3, since: start }] }),
    processed: () => [],
  })
  const books = await readLedger({ store, queue: createScriptedQueue([inBoth]), overflow, now }, {})
  expect(books).toMatchObject({ received: 8, inFlight: 8, pendingUndecodable: 1, complete: true })
  expect(books.holes.map(({ fromSeq, toSeq }) => [fromSeq, toSeq])).toEqual([[3, 3]])
})

test('an overflow longer than the limit is read up to it, and the answer says so', async () => {
  const model = createModel()
  for (let count = 0; count < 10; count++) model.detour('c1', 'shop', 0, 1, false)
  const ports = portsOf(model, () => {})
  const read = (maxMessages: number) => readLedger({ ...ports, now }, {}, { maxMessages, pageSize: 3 })
  expect(await read(7)).toMatchObject({ inFlight: 7, complete: false })
  expect(await read(10)).toMatchObject({ inFlight: 10, complete: true })
})

test('a queue longer than the limit is read up to it, and the answer says so', async () => {
  const queue = createScriptedQueue(
    Array.from({ length: 10 }, (_, index) => chunkOf({ seq: index + 1, parts: [{ events: 1 }] })),
  )
  const store = createScriptedStore({ ledger: () => emptyLedger, processed: () => [] })
  const books = await readLedger({ store, queue, now }, {}, { maxMessages: 7, pageSize: 3 })
  expect(books).toMatchObject({ inFlight: 7, complete: false })
  expect(await readLedger({ store, queue, now }, {}, { maxMessages: 10, pageSize: 3 })).toMatchObject({
    inFlight: 10,
    complete: true,
  })
})

test('known numbers are taken out of holes, at the ends and in the middle', () => {
  const hole = { collector: 'c1', fromSeq: 3, toSeq: 8, since: start }
  const known = [3, 5, 5, 8, 20].map((seq) => ({ collector: 'c1', seq }))
  const left = holesWithout([hole], [...known, { collector: 'c2', seq: 6 }])
  expect(left.map(({ fromSeq, toSeq }) => [fromSeq, toSeq])).toEqual([
    [4, 4],
    [6, 7],
  ])
})

test('the route rounds to whole minutes, names times as text and adds minutes when asked', async () => {
  const options = createOptions({
    ledger: () => ({
      ...emptyLedger,
      received: 1,
      stored: 1,
      minutes: [{ project: 'shop', minute: start, received: 1, stored: 1, duplicate: 0, rejected: 0 }],
      holes: [{ collector: 'c1', fromSeq: 1, toSeq: 2, since: start }],
    }),
    processed: () => [],
  })
  options.queue.pending.push(chunkOf({ seq: 3, parts: [{ events: 2 }, { project: 'blog', events: 9 }] }))
  options.queue.dead.push(chunkOf({ seq: 1, parts: [{ events: 4 }] }))
  const app = await createDashboardApp(options)
  const get = async (query: string) =>
    (await app.inject({ url: `/api/v1/ledger${query}`, headers: { authorization: `Bearer ${token}` } })).json()
  const body = await get(`?from=${start + 1}&to=${start + 1001}`)
  expect(options.store.asked.find(({ type }) => type === 'ledger')).toEqual({
    type: 'ledger',
    project: 'shop',
    from: start,
    to: start + minuteMs,
  })
  expect(body).toEqual({
    project: 'shop',
    from: iso(start),
    to: iso(start + minuteMs),
    received: 7,
    stored: 1,
    duplicate: 0,
    rejected: 0,
    dead: 4,
    inFlight: 2,
    balanced: false,
    holes: [{ collector: 'c1', fromSeq: 2, toSeq: 2, since: iso(start) }],
    deadUndecodable: 0,
    pendingUndecodable: 0,
    complete: true,
    queue: { waiting: 1, leased: 0, dead: 1, oldestAgeMs: 0 },
    computedAt: iso(start),
  })
  const all = await get('?project=*&minutes=true')
  expect(all).toMatchObject({ project: null, from: null, received: 16, inFlight: 11 })
  expect(
    all.minutes.map((row: { project: string; minute: string; inFlight: number }) => [
      row.project,
      row.minute,
      row.inFlight,
    ]),
  ).toEqual([
    ['blog', iso(start), 9],
    ['shop', iso(start), 2],
  ])
})
