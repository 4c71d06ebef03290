import { afterAll, afterEach, beforeAll, describe, expect } from 'vitest'
import { type ContractSkip, createGuarantees, type Guarantee } from '../contract.ts'
import type { Kv } from './port.ts'

/** What the suite needs of a backend under test. */
export interface KvFixture {
  /** Opens a handle on an empty kv. */
  open(): Promise<Kv>
  /** Lets time pass: moves the clock the handle was given or, for a service with its own, waits. */
  elapse(ms: number): Promise<void>
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
    const open = async (): Promise<Kv> => {
      kv = await fixture.open()
      return kv
    }
    const elapse = (ms: number): Promise<void> => fixture.elapse(ms)
    valueCases(guarantee, open, elapse)
    counterCases(guarantee, open, elapse)
    leaseCases(guarantee, open, elapse)
    done()
  })
}

type Cases = (guarantee: Guarantee, open: () => Promise<Kv>, elapse: (ms: number) => Promise<void>) => void

const valueCases: Cases = (guarantee, open, elapse) => {
  guarantee('a value is there until its time is over', async () => {
    const kv = await open()
    await kv.set('key', 'välue', 1_000)
    await elapse(900)
    expect(await kv.get('key')).toBe('välue')
    await elapse(101)
    expect(await kv.get('key')).toBeUndefined()
  })

  guarantee('setting again replaces the value and its time', async () => {
    const kv = await open()
    await kv.set('key', 'old', 500)
    await kv.set('key', 'new', 2_000)
    await elapse(600)
    expect(await kv.get('key')).toBe('new')
  })

  guarantee('a deleted key is gone, and deleting nothing is fine', async () => {
    const kv = await open()
    await kv.set('key', 'value', 1_000)
    await kv.delete('key')
    await kv.delete('key')
    expect(await kv.get('key')).toBeUndefined()
  })

  guarantee('keys that are names of object members are keys like others', async () => {
    const kv = await open()
    for (const key of ['__proto__', 'constructor', 'toString', '', ' ']) {
      expect(await kv.get(key)).toBeUndefined()
      await kv.set(key, `value of ${key}`, 1_000)
      expect(await kv.get(key)).toBe(`value of ${key}`)
    }
  })

  guarantee('close is idempotent, and afterwards calls reject', async () => {
    const kv = await open()
    await kv.close()
    await kv.close()
    await expect(kv.get('key')).rejects.toMatchObject({ code: 'closed' })
    await expect(kv.increment('key', 1, 1_000)).rejects.toMatchObject({ code: 'closed' })
  })
}

const counterCases: Cases = (guarantee, open, elapse) => {
  guarantee('the first increment opens a window that later ones do not move', async () => {
    const kv = await open()
    expect(await kv.increment('hits', 1, 1_000)).toEqual({ value: 1, ttlMs: 1_000 })
    await elapse(600)
    const second = await kv.increment('hits', 2, 1_000)
    expect(second.value).toBe(3)
    expect(second.ttlMs).toBeLessThanOrEqual(400)
    await elapse(401)
    expect((await kv.increment('hits', 1, 1_000)).value).toBe(1)
  })

  guarantee('no increment of many at once is lost', async () => {
    const kv = await open()
    const results = await Promise.all(Array.from({ length: 100 }, () => kv.increment('hits', 1, 60_000)))
    expect(new Set(results.map(({ value }) => value)).size).toBe(100)
    expect(await kv.get('hits')).toBe('100')
  })
}

const leaseCases: Cases = (guarantee, open, elapse) => {
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

  guarantee('a compareAndSet that fails changes nothing', async () => {
    const kv = await open()
    expect(await kv.compareAndSet('lease', 'other', 'mine', 1_000)).toBe(false)
    expect(await kv.get('lease')).toBeUndefined()
    await kv.set('lease', 'theirs', 1_000)
    expect(await kv.compareAndSet('lease', undefined, 'mine', 60_000)).toBe(false)
    await elapse(1_001)
    expect(await kv.get('lease')).toBeUndefined()
  })

  guarantee('a lease that ran out can be taken', async () => {
    const kv = await open()
    expect(await kv.compareAndSet('lease', undefined, 'first', 1_000)).toBe(true)
    await elapse(1_001)
    expect(await kv.compareAndSet('lease', 'first', 'renewed', 1_000)).toBe(false)
    expect(await kv.compareAndSet('lease', undefined, 'second', 1_000)).toBe(true)
  })
}
