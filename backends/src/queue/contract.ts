import { afterAll, beforeAll, describe, expect } from 'vitest'
import { type ContractSkip, createGuarantees } from '../contract.ts'
import type { Delivery, Queue, QueueOptions } from './port.ts'

/** What the suite needs of a backend under test. */
export interface QueueFixture {
  /** Opens a handle. Handles of one name share a queue; a new name is a new, empty queue. */
  open(name: string, options?: QueueOptions): Promise<Queue>
  /** Lets time pass for the leases: moves the clock the handles were given or, for a service with its own, waits. */
  elapse(ms: number): Promise<void>
  /** How long a second of the suite's time lasts. Default 1,000; less where it has to be waited for. Tens of them are used. */
  secondMs?: number
  stop(): Promise<void>
}

/** Of the suite's own time, see {@link QueueFixture.secondMs}. */
const leaseMs = 30_000
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const text = ({ body }: { body: Uint8Array }): string => new TextDecoder().decode(body)
const texts = (messages: readonly { body: Uint8Array }[]): string[] => messages.map(text).sort()
const receipts = (deliveries: readonly Delivery[]): string[] => deliveries.map(({ receipt }) => receipt)

/** Opens a handle on the queue of the running case. It is closed when the case is over. */
type Open = (options?: QueueOptions) => Promise<Queue>

interface Suite {
  guarantee(name: string, check: (open: Open) => Promise<void>): void
  elapse(ms: number): Promise<void>
}

/**
 * Registers the guarantees of the queue port as tests of one backend. Each case has a queue of its own, so where time is
 * waited for they may run at the same time: `isConcurrent`.
 */
export function queueContract(
  backend: string,
  start: () => Promise<QueueFixture>,
  skips: readonly ContractSkip[] = [],
  isConcurrent = false,
): void {
  describe(`queue contract, ${backend}`, { concurrent: isConcurrent }, () => {
    const { guarantee, done } = createGuarantees(skips)
    let started: QueueFixture | undefined
    let cases = 0
    const fixture = (): QueueFixture => {
      if (!started) throw new Error('The fixture did not start.')
      return started
    }
    beforeAll(async () => {
      started = await start()
    })
    afterAll(() => started?.stop())
    const pace = (): number => (fixture().secondMs ?? 1_000) / 1_000
    const run = async (check: (open: Open) => Promise<void>): Promise<void> => {
      const name = `case-${cases++}`
      const handles: Queue[] = []
      try {
        await check(async (options) => {
          const queue = await fixture().open(name, options)
          handles.push(queue)
          return atPace(queue, pace())
        })
      } finally {
        for (const queue of handles) await queue.close()
      }
    }
    const suite: Suite = {
      guarantee: (name, check) => guarantee(name, () => run(check)),
      elapse: (ms) => fixture().elapse(ms * pace()),
    }
    deliveryCases(suite)
    waitingCases(suite)
    leaseCases(suite)
    deadLetterCases(suite)
    readingCases(suite)
    closingCases(suite)
    done()
  })
}

/** The queue in the suite's time. */
const atPace = (queue: Queue, pace: number): Queue => ({
  ...queue,
  receive: (options) => queue.receive({ ...options, leaseMs: options.leaseMs * pace }),
  nack: (receipts, delayMs) => queue.nack(receipts, delayMs * pace),
  extend: (receipts, ms) => queue.extend(receipts, ms * pace),
  async depth() {
    const depth = await queue.depth()
    return { ...depth, oldestAgeMs: depth.oldestAgeMs === null ? null : depth.oldestAgeMs / pace }
  },
})

const sendAll = async (queue: Queue, ...bodies: string[]): Promise<void> => {
  const outcomes = await queue.send(bodies.map(bytes))
  expect(outcomes).toEqual(bodies.map(() => ({ ok: true })))
}

/** Receives without waiting, until nothing comes any more. */
async function receiveAll(queue: Queue, forMs = leaseMs): Promise<Delivery[]> {
  const all: Delivery[] = []
  for (;;) {
    const some = await queue.receive({ max: 10, waitMs: 0, leaseMs: forMs })
    if (some.length === 0) return all
    all.push(...some)
  }
}

function deliveryCases({ guarantee }: Suite): void {
  guarantee('what is sent arrives byte for byte', async (open) => {
    const queue = await open()
    const every = Uint8Array.from({ length: 256 * 1024 }, (_, index) => (index * 31) % 256)
    await queue.send([every, bytes('x')])
    const found = await receiveAll(queue)
    expect(found.map(({ body }) => body.length).sort((a, b) => a - b)).toEqual([1, every.length])
    expect(Buffer.compare(found.find(({ body }) => body.length > 1)?.body ?? bytes(''), every)).toBe(0)
    expect(found.map(({ receives }) => receives)).toEqual([1, 1])
  })

  guarantee('bodies stay the caller’s own', async (open) => {
    const queue = await open()
    const shared = bytes('one and two')
    await queue.send([shared, shared.subarray(8), shared])
    expect(new TextDecoder().decode(shared)).toBe('one and two')
    expect(texts(await receiveAll(queue))).toEqual(['one and two', 'one and two', 'two'])
  })

  guarantee('nothing is lost when many send at once', async (open) => {
    const [a, b] = [await open(), await open()]
    const sent = Array.from({ length: 200 }, (_, index) => `m${index}`)
    await Promise.all(sent.map((body, index) => sendAll(index % 2 === 0 ? a : b, body)))
    expect(texts(await receiveAll(a))).toEqual(sent.toSorted())
  })

  guarantee('consumers at once share the messages without overlap', async (open) => {
    const [a, b] = [await open(), await open()]
    const sent = Array.from({ length: 60 }, (_, index) => `m${index}`)
    await sendAll(a, ...sent)
    const found = await Promise.all([a, b, a, b].map((queue) => receiveAll(queue)))
    expect(texts(found.flat())).toEqual(sent.toSorted())
  })
}

function waitingCases({ guarantee, elapse }: Suite): void {
  guarantee('a message sent before the handles were closed is there after reopening', async (open) => {
    const first = await open()
    await sendAll(first, 'kept')
    await first.close()
    expect(texts(await receiveAll(await open()))).toEqual(['kept'])
  })

  guarantee('a waiting receive gets what is sent later, by this handle or another', async (open) => {
    const [a, b] = [await open(), await open()]
    for (const sender of [a, b]) {
      const waiting = a.receive({ max: 1, waitMs: 20_000, leaseMs })
      await sendAll(sender, 'late')
      const found = await waiting
      expect(texts(found)).toEqual(['late'])
      await a.ack(receipts(found))
    }
  })

  guarantee('a receive that waits in vain ends with nothing', async (open) => {
    const queue = await open()
    expect(await queue.receive({ max: 1, waitMs: 30, leaseMs })).toEqual([])
  })

  guarantee('an aborted signal ends a waiting receive with nothing', async (open) => {
    const queue = await open()
    const stop = new AbortController()
    const waiting = queue.receive({ max: 1, waitMs: 20_000, leaseMs, signal: stop.signal })
    stop.abort()
    expect(await waiting).toEqual([])
    expect(await queue.receive({ max: 1, waitMs: 20_000, leaseMs, signal: stop.signal })).toEqual([])
    await sendAll(queue, 'later')
    expect(texts(await receiveAll(queue))).toEqual(['later'])
  })

  guarantee('an acked message never comes back', async (open) => {
    const queue = await open()
    await sendAll(queue, 'a', 'b')
    await queue.ack(receipts(await receiveAll(queue)))
    await elapse(leaseMs + 1)
    expect(await receiveAll(queue)).toEqual([])
    expect(await queue.depth()).toEqual({ waiting: 0, leased: 0, dead: 0, oldestAgeMs: 0 })
  })
}

function leaseCases({ guarantee, elapse }: Suite): void {
  guarantee('a message is redelivered after its consumer crashed', async (open) => {
    const [a, b] = [await open(), await open()]
    await sendAll(a, 'again')
    const first = await a.receive({ max: 1, waitMs: 0, leaseMs })
    await a.close()
    await elapse(leaseMs - 10_000)
    expect(await receiveAll(b)).toEqual([])
    await elapse(10_001)
    const second = await b.receive({ max: 1, waitMs: 0, leaseMs })
    expect(texts(second)).toEqual(['again'])
    expect(second[0]?.receives).toBe(2)
    expect(second[0]?.sentAt).toBe(first[0]?.sentAt)
    expect(receipts(second)).not.toEqual(receipts(first))
  })

  guarantee('a message whose lease was extended is not redelivered', async (open) => {
    const queue = await open()
    await sendAll(queue, 'long work')
    const found = await queue.receive({ max: 1, waitMs: 0, leaseMs })
    await elapse(leaseMs - 10_000)
    await queue.extend(receipts(found), leaseMs)
    await elapse(leaseMs - 10_000)
    expect(await receiveAll(queue)).toEqual([])
    await elapse(10_001)
    expect(texts(await receiveAll(queue))).toEqual(['long work'])
  })

  guarantee('a nacked message is waiting again after its delay, not before', async (open) => {
    const queue = await open()
    await sendAll(queue, 'later', 'now')
    const found = await receiveAll(queue)
    const receiptOf = (body: string): string[] => receipts(found.filter((delivery) => text(delivery) === body))
    await queue.nack(receiptOf('later'), 10_000)
    await queue.nack(receiptOf('now'), 0)
    expect(texts(await receiveAll(queue))).toEqual(['now'])
    await elapse(5_000)
    expect(await receiveAll(queue)).toEqual([])
    await elapse(5_001)
    expect(texts(await receiveAll(queue))).toEqual(['later'])
  })

  guarantee('a receipt whose lease has passed to somebody else is ignored', async (open) => {
    const queue = await open()
    await sendAll(queue, 'passed on')
    const slow = receipts(await receiveAll(queue))
    await elapse(leaseMs + 1)
    const fast = receipts(await receiveAll(queue))
    expect(fast).toHaveLength(1)
    await queue.nack(slow, 0)
    await queue.extend(slow, 10 * leaseMs)
    await queue.ack(slow)
    expect(await receiveAll(queue)).toEqual([])
    expect((await queue.depth()).leased).toBe(1)
    await elapse(leaseMs + 1)
    expect(texts(await receiveAll(queue))).toEqual(['passed on'])
  })

  guarantee('receipts of nothing are ignored', async (open) => {
    const queue = await open()
    await sendAll(queue, 'untouched')
    await queue.ack(['', '1', '1-0', '-', '999-1', 'no receipt', "1-1' OR 1=1"])
    expect(texts(await receiveAll(queue))).toEqual(['untouched'])
  })
}

function deadLetterCases({ guarantee, elapse }: Suite): void {
  const wearOut = async (queue: Queue, times: number): Promise<number[]> => {
    const receives: number[] = []
    for (let time = 0; time < times; time++) {
      for (const delivery of await receiveAll(queue, 10_000)) receives.push(delivery.receives)
      await elapse(10_001)
    }
    // A hosted queue buries what has died when it is next asked for messages.
    expect(await receiveAll(queue)).toEqual([])
    return receives
  }

  guarantee('a message is dead after 5 receives', async (open) => {
    const queue = await open()
    await sendAll(queue, 'poison')
    expect(await wearOut(queue, 7)).toEqual([1, 2, 3, 4, 5])
    expect(await queue.depth()).toEqual({ waiting: 0, leased: 0, dead: 1, oldestAgeMs: 0 })
    const { items, nextCursor } = await queue.list('dead', { limit: 10 })
    expect(texts(items)).toEqual(['poison'])
    expect(items[0]?.receives).toBeGreaterThanOrEqual(5) // a hosted queue counts a look as one more
    expect(nextCursor).toBeNull()
    if (queue.traits.listsPending) expect((await queue.list('pending', { limit: 10 })).items).toEqual([])
  })

  guarantee('nacks count as receives, and maxReceives can be set', async (open) => {
    const queue = await open({ maxReceives: 2 })
    await sendAll(queue, 'poison')
    for (const expected of [1, 2]) {
      const found = await queue.receive({ max: 1, waitMs: 0, leaseMs })
      expect(found[0]?.receives).toBe(expected)
      await queue.nack(receipts(found), 0)
    }
    expect(await receiveAll(queue)).toEqual([])
    expect((await queue.depth()).dead).toBe(1)
  })

  guarantee('dead letters do not hold up the others', async (open) => {
    const queue = await open({ maxReceives: 1 })
    await sendAll(queue, ...Array.from({ length: 25 }, (_, index) => `poison ${index}`))
    await wearOut(queue, 1)
    await sendAll(queue, 'healthy')
    expect(texts(await queue.receive({ max: 1, waitMs: 5_000, leaseMs }))).toEqual(['healthy'])
  })

  guarantee('redriven dead letters start anew, those named or all', async (open) => {
    const queue = await open({ maxReceives: 1 })
    await sendAll(queue, 'a', 'b', 'c')
    await wearOut(queue, 1)
    const { items } = await queue.list('dead', { limit: 10 })
    const b = items.filter((item) => text(item) === 'b').map(({ id }) => id)
    expect(await queue.redrive(b)).toBe(1)
    expect(await queue.redrive([...b, '0', 'none'])).toBe(0)
    const found = await receiveAll(queue)
    expect(found.map((delivery) => [text(delivery), delivery.receives])).toEqual([['b', 1]])
    await queue.ack(receipts(found))
    expect(await queue.redrive()).toBe(2)
    expect(texts(await receiveAll(queue))).toEqual(['a', 'c'])
  })
}

function readingCases({ guarantee, elapse }: Suite): void {
  guarantee('depth tells waiting, leased and dead apart, and the age of the oldest', async (open) => {
    const queue = await open({ maxReceives: 1 })
    await sendAll(queue, 'to die')
    await receiveAll(queue)
    await elapse(leaseMs + 1)
    expect(await receiveAll(queue)).toEqual([])
    await sendAll(queue, 'a', 'b')
    await elapse(2_000)
    await sendAll(queue, 'c')
    expect(await queue.receive({ max: 1, waitMs: 5_000, leaseMs })).toHaveLength(1)
    const { oldestAgeMs, ...counts } = await queue.depth()
    expect(counts).toEqual({ waiting: 2, leased: 1, dead: 1 })
    if (oldestAgeMs === null) return // it does not tell
    expect(oldestAgeMs).toBeGreaterThanOrEqual(2_000)
    expect(oldestAgeMs).toBeLessThan(leaseMs)
  })

  guarantee(
    'listing shows what waits and what is leased, page by page, oldest first, and receives nothing',
    async (open) => {
      const queue = await open()
      const sent = Array.from({ length: 7 }, (_, index) => `m${index}`)
      for (const body of sent) await sendAll(queue, body)
      await queue.receive({ max: 2, waitMs: 0, leaseMs })
      const listed: string[] = []
      let cursor: string | null | undefined
      do {
        const page = await queue.list('pending', { limit: 3, ...(cursor && { cursor }) })
        expect(page.items.length).toBeLessThanOrEqual(3)
        listed.push(...page.items.map(text))
        cursor = page.nextCursor
      } while (cursor)
      expect(listed).toEqual(sent)
      expect(await receiveAll(queue)).toHaveLength(5)
    },
  )
}

function closingCases({ guarantee }: Suite): void {
  guarantee('close ends waiting receives with nothing', async (open) => {
    const queue = await open()
    const waiting = queue.receive({ max: 1, waitMs: 20_000, leaseMs })
    await queue.close()
    expect(await waiting).toEqual([])
  })

  guarantee('close lets earlier sends finish', async (open) => {
    const queue = await open()
    const sends = Array.from({ length: 20 }, (_, index) => queue.send([bytes(`m${index}`)]))
    await queue.close()
    expect((await Promise.all(sends)).flat()).toEqual(sends.map(() => ({ ok: true })))
    expect(await receiveAll(await open())).toHaveLength(20)
  })

  guarantee('close is idempotent, and afterwards nothing is accepted', async (open) => {
    const queue = await open()
    await Promise.all([queue.close(), queue.close()])
    await queue.close()
    const [outcome] = await queue.send([bytes('too late')])
    expect(outcome).toMatchObject({ ok: false, error: { code: 'closed' } })
    await expect(queue.ack(['1-1'])).rejects.toMatchObject({ code: 'closed' })
    expect(await queue.receive({ max: 1, waitMs: 0, leaseMs })).toEqual([])
    expect(await receiveAll(await open())).toEqual([])
  })
}
