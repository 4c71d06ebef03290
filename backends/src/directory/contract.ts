import { afterAll, beforeAll, describe, expect } from 'vitest'
import { type ContractSkip, createGuarantees, type Guarantee } from '../contract.ts'
import { type Directory, directoryLimits, newDocument as expectedNew } from './port.ts'

/** What the suite needs of a backend under test. */
export interface DirectoryFixture {
  /** Handles of one name are on one directory; a new name gives an empty one. */
  open(name: string): Promise<Directory>
  /** Moves the clock the handles were given. */
  elapse(ms: number): Promise<void>
  now(): number
  stop(): Promise<void>
}

/** Registers the guarantees of the directory port as tests of one backend. */
export function directoryContract(
  backend: string,
  start: () => Promise<DirectoryFixture>,
  skips: readonly ContractSkip[] = [],
): void {
  describe(`directory contract, ${backend}`, () => {
    const { guarantee, done } = createGuarantees(skips)
    let fixture: DirectoryFixture
    let count = 0
    const opened: Directory[] = []
    beforeAll(async () => {
      fixture = await start()
    })
    afterAll(async () => {
      for (const handle of opened) await handle.close()
      await fixture?.stop()
    })
    const context: Context = {
      async open(name = `d${++count}`) {
        const handle = await fixture.open(name)
        opened.push(handle)
        return Object.assign(handle, { reopen: () => context.open(name) })
      },
      elapse: (ms) => fixture.elapse(ms),
      now: () => fixture.now(),
    }
    versionCases(guarantee, context)
    keyCases(guarantee, context)
    listCases(guarantee, context)
    expiryCases(guarantee, context)
    limitCases(guarantee, context)
    done()
  })
}

interface Context extends Pick<DirectoryFixture, 'elapse' | 'now'> {
  open(name?: string): Promise<Directory & { reopen(): Promise<Directory> }>
}
type Cases = (guarantee: Guarantee, context: Context) => void

const isNew = { expected: expectedNew }
const count = (outcomes: readonly unknown[]): number => outcomes.filter((outcome) => outcome !== undefined).length

const versionCases: Cases = (guarantee, { open }) => {
  guarantee('what was written is read back, by every handle', async () => {
    const directory = await open()
    const body = { name: 'Zoë 🦊', $where: 'x', 'a.b': [1, null, { deep: true }], constructor: 1 }
    const version = await directory.write('account', 'a1', body, isNew)
    expect(version).toBeTypeOf('string')
    const other = await directory.reopen()
    expect(await other.read('account', 'a1')).toEqual({ id: 'a1', version, body })
    expect(await other.read('account', 'a2')).toBeUndefined()
    expect(await other.read('session', 'a1')).toBeUndefined()
  })

  guarantee('a document that must be new replaces none', async () => {
    const directory = await open()
    await directory.write('account', 'a1', { n: 1 }, isNew)
    expect(await directory.write('account', 'a1', { n: 2 }, isNew)).toBeUndefined()
    expect((await directory.read('account', 'a1'))?.body).toEqual({ n: 1 })
  })

  guarantee('of many writers at once one wins, and every writer knows', async () => {
    const one = await open()
    const two = await one.reopen()
    const handles = [one, two, one, two, one, two]
    const made = await Promise.all(handles.map((handle, n) => handle.write('account', 'a1', { n }, isNew)))
    expect(count(made)).toBe(1)
    const before = await one.read('account', 'a1')
    const expected = before?.version ?? ''
    const changed = await Promise.all(
      handles.map((handle, n) => handle.write('account', 'a1', { n: n + 10 }, { expected })),
    )
    expect(count(changed)).toBe(1)
    const winner = changed.findIndex((version) => version !== undefined)
    expect(await two.read('account', 'a1')).toEqual({ id: 'a1', version: changed[winner], body: { n: winner + 10 } })
  })

  guarantee('a version never comes back, though a document does', async () => {
    const directory = await open()
    const first = (await directory.write('account', 'a1', { n: 1 }, isNew)) ?? ''
    const second = (await directory.write('account', 'a1', { n: 1 }, { expected: first })) ?? ''
    expect(second).not.toBe(first)
    expect(await directory.delete('account', 'a1', first)).toBe(false)
    expect(await directory.delete('account', 'a1', second)).toBe(true)
    expect(await directory.write('account', 'a1', { n: 2 }, { expected: second })).toBeUndefined()
    const again = await directory.write('account', 'a1', { n: 3 }, isNew)
    expect([first, second]).not.toContain(again)
    expect(await directory.write('account', 'a1', { n: 4 }, { expected: first })).toBeUndefined()
    expect(await directory.delete('account', 'a1')).toBe(true)
    expect(await directory.delete('account', 'a1')).toBe(false)
  })

  guarantee('of many that delete one version one is told that it did', async () => {
    const directory = await open()
    const expected = (await directory.write('link', 'l1', {}, isNew)) ?? ''
    const outcomes = await Promise.all(Array.from({ length: 6 }, () => directory.delete('link', 'l1', expected)))
    expect(outcomes.filter(Boolean)).toHaveLength(1)
  })
}

const keyCases: Cases = (guarantee, { open, elapse, now }) => {
  const email = (value: string) => ({ keys: { email: value }, unique: ['email'] })

  guarantee('a unique key belongs to one document of its kind, until that lets go of it', async () => {
    const directory = await open()
    const first = (await directory.write('account', 'a1', {}, { ...isNew, ...email('ann@example.com') })) ?? ''
    expect(await directory.write('account', 'a2', {}, { ...isNew, ...email('ann@example.com') })).toBeUndefined()
    expect(await directory.read('account', 'a2')).toBeUndefined()
    // Its own key stands in nobody's way, nor does that of another kind.
    const second = (await directory.write('account', 'a1', {}, { expected: first, ...email('ann@example.com') })) ?? ''
    expect(second).not.toBe('')
    expect(await directory.write('other', 'a2', {}, { ...isNew, ...email('ann@example.com') })).toBeDefined()
    const bob = (await directory.write('account', 'a3', { n: 3 }, { ...isNew, ...email('bob@example.com') })) ?? ''
    expect(
      await directory.write('account', 'a3', { n: 4 }, { expected: bob, ...email('ann@example.com') }),
    ).toBeUndefined()
    expect((await directory.read('account', 'a3'))?.body).toEqual({ n: 3 })
    await directory.write('account', 'a1', {}, { expected: second, ...email('anna@example.com') })
    expect(await directory.write('account', 'a4', {}, { ...isNew, ...email('ann@example.com') })).toBeDefined()
    await directory.delete('account', 'a4')
    expect(await directory.write('account', 'a5', {}, { ...isNew, ...email('ann@example.com') })).toBeDefined()
  })

  guarantee('of many documents at once that want the same unique key one is written', async () => {
    const one = await open()
    const two = await one.reopen()
    const outcomes = await Promise.all(
      Array.from({ length: 6 }, (_, n) =>
        (n % 2 ? one : two).write('account', `a${n}`, {}, { ...isNew, ...email('ann@example.com') }),
      ),
    )
    expect(count(outcomes)).toBe(1)
    expect((await one.list('account', { limit: 10 })).items).toHaveLength(1)
  })

  guarantee('a document whose time is over holds no unique key', async () => {
    const directory = await open()
    // More than a backend may clear away in passing.
    for (let n = 0; n < 8; n++) await directory.write('link', `l${n}`, {}, { ...isNew, expiresAt: now() + 1_000 })
    await directory.write('account', 'a1', {}, { ...isNew, ...email('ann@example.com'), expiresAt: now() + 60_000 })
    expect(await directory.write('account', 'a2', {}, { ...isNew, ...email('ann@example.com') })).toBeUndefined()
    await elapse(60_000)
    expect(await directory.write('account', 'a2', {}, { ...isNew, ...email('ann@example.com') })).toBeDefined()
  })
}

const listCases: Cases = (guarantee, { open }) => {
  guarantee('a kind is listed by id, either way, page by page', async () => {
    const directory = await open()
    const ids = ['a', 'B', 'a-1', '0', '~', 'aa']
    for (const id of ids) await directory.write('note', id, { id }, isNew)
    await directory.write('other', 'x', {}, isNew)
    const sorted = [...ids].sort()
    for (const order of ['asc', 'desc'] as const) {
      const seen: string[] = []
      let after: string | null = null
      do {
        const page: { items: { id: string }[]; nextCursor: string | null } = await directory.list('note', {
          limit: 4,
          order,
          ...(after !== null && { after }),
        })
        seen.push(...page.items.map(({ id }) => id))
        after = page.nextCursor
      } while (after !== null)
      expect(seen).toEqual(order === 'asc' ? sorted : sorted.toReversed())
    }
    expect(await directory.list('note', { limit: 6 })).toMatchObject({ nextCursor: null })
    expect(await directory.list('none', { limit: 1 })).toEqual({ items: [], nextCursor: null })
  })

  guarantee('documents are listed by a key they have now', async () => {
    const directory = await open()
    const put = (id: string, project: string, expected = expectedNew) =>
      directory.write('key', id, { id }, { expected, keys: { project, x: 'a=b/c' } })
    const version = (await put('k1', 'shop')) ?? ''
    await put('k2', 'shop')
    await put('k3', 'shop')
    await put('k4', 'blog')
    const idsOf = async (project: string, more = {}) =>
      (await directory.list('key', { by: ['project', project], limit: 10, ...more })).items.map(({ id }) => id)
    expect(await idsOf('shop')).toEqual(['k1', 'k2', 'k3'])
    await put('k1', 'blog', version)
    await directory.delete('key', 'k3')
    expect([await idsOf('shop'), await idsOf('blog'), await idsOf('x')]).toEqual([['k2'], ['k1', 'k4'], []])
    expect(await idsOf('blog', { order: 'desc' })).toEqual(['k4', 'k1'])
    expect(await idsOf('blog', { after: 'k1' })).toEqual(['k4'])
    expect((await directory.list('key', { by: ['x', 'a=b/c'], limit: 10 })).items).toHaveLength(3)
    expect((await directory.list('key', { by: ['x', 'a'], limit: 10 })).items).toHaveLength(0)
  })
}

const expiryCases: Cases = (guarantee, { open, elapse, now }) => {
  guarantee('a document whose time is over is not there, and makes room for a new one', async () => {
    const directory = await open()
    const keys = { user: 'u1' }
    const version = (await directory.write('link', 'l1', {}, { ...isNew, keys, expiresAt: now() + 60_000 })) ?? ''
    await directory.write('link', 'l2', {}, { ...isNew, keys, expiresAt: now() + 120_000 })
    await directory.write('link', 'l3', {}, { ...isNew, keys })
    await elapse(59_000)
    expect(await directory.read('link', 'l1')).toBeDefined()
    await elapse(1_000)
    expect(await directory.read('link', 'l1')).toBeUndefined()
    const all = [
      await directory.list('link', { limit: 2 }),
      await directory.list('link', { by: ['user', 'u1'], limit: 2 }),
    ]
    for (const page of all) {
      expect(page.items.map(({ id }) => id)).toEqual(['l2', 'l3'])
      expect(page.nextCursor).toBeNull()
    }
    expect(await directory.write('link', 'l1', {}, { expected: version })).toBeUndefined()
    expect(await directory.delete('link', 'l1', version)).toBe(false)
    expect(await directory.write('link', 'l1', { again: true }, isNew)).toBeDefined()
    await elapse(3_600_000)
    expect((await directory.list('link', { limit: 10 })).items.map(({ id }) => id)).toEqual(['l1', 'l3'])
  })

  guarantee('a write can put off the end, and take it away', async () => {
    const directory = await open()
    const first = (await directory.write('session', 's1', {}, { ...isNew, expiresAt: now() + 1_000 })) ?? ''
    const second = await directory.write('session', 's1', {}, { expected: first, expiresAt: now() + 100_000 })
    await elapse(50_000)
    expect((await directory.read('session', 's1'))?.version).toBe(second)
    await directory.write('session', 's1', {}, { expected: second ?? '' })
    await elapse(1_000_000)
    expect(await directory.read('session', 's1')).toBeDefined()
  })
}

const limitCases: Cases = (guarantee, { open }) => {
  const refused = { code: 'invalid_document', retryable: false }

  guarantee('a body may be as large as the limit, and no larger', async () => {
    const directory = await open()
    const fits = { text: 'x'.repeat(directoryLimits.maxBodyBytes - '{"text":""}'.length) }
    expect(await directory.write('report', 'r1', fits, isNew)).toBeDefined()
    expect((await directory.read('report', 'r1'))?.body).toEqual(fits)
    const tooLarge = { text: `${fits.text}x` }
    await expect(directory.write('report', 'r2', tooLarge, isNew)).rejects.toMatchObject(refused)
  })

  guarantee('names that could mean something else are refused', async () => {
    const directory = await open()
    for (const kind of ['', 'A', 'a/b', '$a', 'a.b', 'a'.repeat(33)])
      await expect(directory.read(kind, 'x'), kind).rejects.toMatchObject(refused)
    for (const id of ['', 'a b', 'ü', 'a\n', 'x'.repeat(directoryLimits.maxIdLength + 1)]) {
      await expect(directory.write('note', id, {}, isNew), id).rejects.toMatchObject(refused)
      await expect(directory.delete('note', id), id).rejects.toMatchObject(refused)
    }
    for (const keys of [{ 'a=b': 'x' }, { a: 'x\0' }, { a: '\ud800' }, { a: 'x'.repeat(513) }])
      await expect(directory.write('note', 'n1', {}, { ...isNew, keys })).rejects.toMatchObject(refused)
    await expect(directory.write('note', 'n1', {}, { ...isNew, unique: ['a'] })).rejects.toMatchObject(refused)
    for (const limit of [0, 1.5, 1_001]) await expect(directory.list('note', { limit })).rejects.toMatchObject(refused)
  })

  guarantee('a closed handle refuses calls, and closing twice is fine', async () => {
    const directory = await open()
    await directory.close()
    await directory.close()
    await expect(directory.read('note', 'n1')).rejects.toMatchObject({ code: 'closed' })
  })
}
