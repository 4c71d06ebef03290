import { afterAll, afterEach, beforeAll, describe, expect, vi } from 'vitest'
import { type ContractSkip, createGuarantees, type Guarantee } from '../contract.ts'
import type { Kv } from './port.ts'

/** What the suite needs of a backend under test. */
export interface KvFixture {
  /** Opens a handle on an empty kv. */
  open(): Promise<Kv>
  /** Lets time pass: moves the clock the handle was given or, for a service with its own, waits. */
  elapse(ms: number): Promise<void>
  /** How long the cases' seconds are, ms: shorter where `elapse` waits. Default 1,000. */
  secondMs?: number
  stop(): Promise<void>
}

/** Registers the guarantees of the kv port as tests of one backend. */
export function kvContract(
  backend: string,
  start: () => Promise<KvFixture>,
  skips: readonly ContractSkip[] = [],
): void {
  describe(`kv contract, ${backend}`, () => {
    const { guarantee, done } = createGuarantees(skips)
    let fixture: KvFixture
    let kv: Kv | undefined
    beforeAll(async () => {
      fixture = await start()
    })
    afterEach(async () => {
      await kv?.close()
      kv = undefined
    })
    afterAll(() => fixture?.stop())
    const context: Context = {
      async open() {
        kv = await fixture.open()
        return kv
      },
      seconds: (count) => Math.round(count * (fixture.secondMs ?? 1_000)),
      elapse: (seconds) => fixture.elapse(context.seconds(seconds)),
    }
    valueCases(guarantee, context)
    counterCases(guarantee, context)
    leaseCases(guarantee, context)
    channelCases(guarantee, context)
    done()
  })
}

interface Context {
  open(): Promise<Kv>
  /** So many of the fixture's seconds, ms. */
  seconds(count: number): number
  elapse(seconds: number): Promise<void>
}
type Cases = (guarantee: Guarantee, context: Context) => void

const valueCases: Cases = (guarantee, { open, seconds, elapse }) => {
  guarantee('a value is there until its time is over', async () => {
    const kv = await open()
    await kv.set('key', 'välue', seconds(1))
    await elapse(0.4)
    expect(await kv.get('key')).toBe('välue')
    await elapse(0.61)
    expect(await kv.get('key')).toBeUndefined()
  })

  guarantee('setting again replaces the value and its time', async () => {
    const kv = await open()
    await kv.set('key', 'old', seconds(0.5))
    await kv.set('key', 'new', seconds(2))
    await elapse(0.6)
    expect(await kv.get('key')).toBe('new')
  })

  guarantee('a deleted key is gone, and deleting nothing is fine', async () => {
    const kv = await open()
    await kv.set('key', 'value', 60_000)
    await kv.delete('key')
    await kv.delete('key')
    expect(await kv.get('key')).toBeUndefined()
  })

  guarantee('keys that are names of object members are keys like others', async () => {
    const kv = await open()
    for (const key of ['__proto__', 'constructor', 'toString', '', ' ']) {
      expect(await kv.get(key)).toBeUndefined()
      await kv.set(key, `value of ${key}`, 60_000)
      expect(await kv.get(key)).toBe(`value of ${key}`)
    }
  })

  guarantee('close is idempotent, and afterwards calls reject', async () => {
    const kv = await open()
    await kv.close()
    await kv.close()
    await expect(kv.get('key')).rejects.toMatchObject({ code: 'closed' })
    await expect(kv.increment('key', 1, 1_000)).rejects.toMatchObject({ code: 'closed' })
    await expect(kv.publish('channel', 'text')).rejects.toMatchObject({ code: 'closed' })
    await expect(kv.subscribe('channel', () => {})).rejects.toMatchObject({ code: 'closed' })
  })
}

const counterCases: Cases = (guarantee, { open, seconds, elapse }) => {
  guarantee('the first increment opens a window that later ones do not move', async () => {
    const kv = await open()
    expect(await kv.increment('hits', 1, seconds(1))).toEqual({ value: 1, ttlMs: seconds(1) })
    await elapse(0.4)
    const second = await kv.increment('hits', 2, seconds(1))
    expect(second.value).toBe(3)
    expect(second.ttlMs).toBeLessThanOrEqual(seconds(0.6))
    expect(second.ttlMs).toBeGreaterThan(0)
    await elapse(0.61)
    expect((await kv.increment('hits', 1, seconds(1))).value).toBe(1)
  })

  guarantee('no increment of many at once is lost', async () => {
    const kv = await open()
    const results = await Promise.all(Array.from({ length: 100 }, () => kv.increment('hits', 1, 60_000)))
    expect(new Set(results.map(({ value }) => value)).size).toBe(100)
    expect(await kv.get('hits')).toBe('100')
  })

  guarantee('what is no number cannot be counted up, and stays', async () => {
    const kv = await open()
    await kv.set('key', 'text', 60_000)
    await expect(kv.increment('key', 1, 60_000)).rejects.toMatchObject({ code: 'backend_failed' })
    expect(await kv.get('key')).toBe('text')
  })
}

const leaseCases: Cases = (guarantee, { open, seconds, elapse }) => {
  guarantee('a concurrent compareAndSet has one winner', async () => {
    const kv = await open()
    for (const expected of [undefined, 'held']) {
      const claims = Array.from({ length: 20 }, (_, index) =>
        kv.compareAndSet('lease', expected, `by ${index}`, 60_000),
      )
      const won = await Promise.all(claims)
      expect(won.filter(Boolean)).toHaveLength(1)
      expect(await kv.get('lease')).toBe(`by ${won.indexOf(true)}`)
      await kv.set('lease', 'held', 60_000)
    }
  })

  guarantee('an empty value is a value, not the lack of one', async () => {
    const kv = await open()
    expect(await kv.compareAndSet('lease', '', 'mine', 60_000)).toBe(false)
    await kv.set('lease', '', 60_000)
    expect(await kv.get('lease')).toBe('')
    expect(await kv.compareAndSet('lease', undefined, 'mine', 60_000)).toBe(false)
    expect(await kv.compareAndSet('lease', '', 'mine', 60_000)).toBe(true)
  })

  guarantee('a compareAndSet that fails changes nothing', async () => {
    const kv = await open()
    expect(await kv.compareAndSet('lease', 'other', 'mine', 1_000)).toBe(false)
    expect(await kv.get('lease')).toBeUndefined()
    await kv.set('lease', 'theirs', seconds(1))
    expect(await kv.compareAndSet('lease', undefined, 'mine', 60_000)).toBe(false)
    await elapse(1.01)
    expect(await kv.get('lease')).toBeUndefined()
  })

  guarantee('a lease that ran out can be taken', async () => {
    const kv = await open()
    expect(await kv.compareAndSet('lease', undefined, 'first', seconds(1))).toBe(true)
    await elapse(1.01)
    expect(await kv.compareAndSet('lease', 'first', 'renewed', 60_000)).toBe(false)
    expect(await kv.compareAndSet('lease', undefined, 'second', 60_000)).toBe(true)
  })
}

const channelCases: Cases = (guarantee, { open }) => {
  /** Subscribes and collects what comes. */
  async function hear(kv: Kv, channel: string): Promise<{ heard: string[]; unsubscribe(): void }> {
    const heard: string[] = []
    return { heard, unsubscribe: await kv.subscribe(channel, (text) => heard.push(text)) }
  }

  guarantee('a text reaches every subscriber of its channel, and nobody else', async () => {
    const kv = await open()
    const [first, second, other] = [await hear(kv, 'live'), await hear(kv, 'live'), await hear(kv, 'livelier')]
    await kv.publish('live', 'wörd')
    await kv.publish('livelier', 'last')
    await vi.waitFor(() => {
      expect([first.heard, second.heard]).toEqual([['wörd'], ['wörd']])
      expect(other.heard).toEqual(['last'])
    })
  })

  guarantee('the texts of one publisher arrive in their order', async () => {
    const kv = await open()
    const { heard } = await hear(kv, 'live')
    const texts = Array.from({ length: 200 }, (_, index) => `text ${index}`)
    for (const text of texts) await kv.publish('live', text)
    await vi.waitFor(() => expect(heard).toEqual(texts))
  })

  guarantee('who unsubscribes hears no more, and the others go on hearing', async () => {
    const kv = await open()
    const [leaving, staying] = [await hear(kv, 'live'), await hear(kv, 'live')]
    leaving.unsubscribe()
    leaving.unsubscribe()
    await kv.publish('live', 'one')
    await vi.waitFor(() => expect(staying.heard).toEqual(['one']))
    staying.unsubscribe()
    await kv.publish('live', 'two')
    const again = await hear(kv, 'live')
    await kv.publish('live', 'three')
    await vi.waitFor(() => expect(again.heard.at(-1)).toBe('three'))
    expect([leaving.heard, staying.heard]).toEqual([[], ['one']])
  })

  guarantee('a subscriber that throws keeps nobody else from hearing', async () => {
    const kv = await open()
    await kv.subscribe('live', () => {
      throw new Error('mine')
    })
    const { heard } = await hear(kv, 'live')
    await kv.publish('live', 'one')
    await kv.publish('live', 'two')
    await vi.waitFor(() => expect(heard).toEqual(['one', 'two']))
  })

  guarantee('publishing to nobody is no error', async () => {
    const kv = await open()
    await kv.publish('nobody', 'text')
  })
}
