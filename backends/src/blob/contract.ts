import { afterAll, afterEach, beforeAll, describe, expect } from 'vitest'
import { type ContractSkip, createGuarantees, type Guarantee } from '../contract.ts'
import type { Blob } from './port.ts'

/** What the suite needs of a backend under test. */
export interface BlobFixture {
  /** Opens a handle. Handles of one name share their objects; a new name is empty. */
  open(name: string): Promise<Blob>
  stop(): Promise<void>
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const text = (body: Uint8Array | undefined): string | undefined => body && new TextDecoder().decode(body)

/** Registers the guarantees of the blob port as tests of one backend. */
export function blobContract(
  backend: string,
  start: () => Promise<BlobFixture>,
  skips: readonly ContractSkip[] = [],
): void {
  describe(`blob contract, ${backend}`, () => {
    const { guarantee, done } = createGuarantees(skips)
    let fixture: BlobFixture
    let handles: Blob[] = []
    let round = 0
    beforeAll(async () => {
      fixture = await start()
    })
    afterEach(async () => {
      for (const blob of handles) await blob.close()
      handles = []
      round++
    })
    afterAll(() => fixture?.stop())
    const open = async (): Promise<Blob> => {
      const blob = await fixture.open(`case-${round}`)
      handles.push(blob)
      return blob
    }
    objectCases(guarantee, open)
    nameCases(guarantee, open)
    listCases(guarantee, open)
    done()
  })
}

type Cases = (guarantee: Guarantee, open: () => Promise<Blob>) => void

const objectCases: Cases = (guarantee, open) => {
  guarantee('what is put can be got, by other handles and after reopening', async () => {
    const blob = await open()
    const body = Uint8Array.from({ length: 100_000 }, (_, index) => (index * 7) % 256)
    await blob.put('a/b', body)
    await blob.put('empty', new Uint8Array())
    await blob.close()
    const reopened = await open()
    expect(Buffer.compare((await reopened.get('a/b')) ?? bytes(''), body)).toBe(0)
    expect((await reopened.get('empty'))?.length).toBe(0)
    expect(await reopened.get('none')).toBeUndefined()
  })

  guarantee('readers never see half an object', async () => {
    const [writer, reader] = [await open(), await open()]
    const versions = [1, 2, 3, 4].map((fill) => new Uint8Array(300_000 * fill).fill(fill))
    await writer.put('object', versions[0] ?? bytes(''))
    let isWriting = true
    const write = async (): Promise<void> => {
      for (let round = 0; round < 5; round++) for (const version of versions) await writer.put('object', version)
      isWriting = false
    }
    const read = async (): Promise<void> => {
      while (isWriting) {
        const body = (await reader.get('object')) ?? bytes('')
        expect(versions.some((version) => Buffer.compare(version, body) === 0)).toBe(true)
      }
    }
    await Promise.all([write(), read()])
  })

  guarantee('puts of one name at once leave one of the bodies', async () => {
    const blob = await open()
    const bodies = Array.from({ length: 10 }, (_, index) => `body ${index}`)
    await Promise.all(bodies.map((body) => blob.put('contested', bytes(body))))
    expect(bodies).toContain(text(await blob.get('contested')))
    expect((await blob.list('')).items).toHaveLength(1)
  })

  guarantee('a deleted object is gone, and deleting nothing is fine', async () => {
    const blob = await open()
    await blob.put('x/y', bytes('z'))
    await blob.delete('x/y')
    await blob.delete('x/y')
    await blob.delete('x/never/was')
    expect(await blob.get('x/y')).toBeUndefined()
    expect((await blob.list('')).items).toEqual([])
  })

  guarantee('close is idempotent, and afterwards calls reject', async () => {
    const blob = await open()
    await blob.close()
    await blob.close()
    await expect(blob.put('a', bytes('b'))).rejects.toMatchObject({ code: 'closed' })
    await expect(blob.get('a')).rejects.toMatchObject({ code: 'closed' })
    await expect(blob.list('')).rejects.toMatchObject({ code: 'closed' })
  })
}

const nameCases: Cases = (guarantee, open) => {
  guarantee('hostile names are refused', async () => {
    const blob = await open()
    const traversals = ['..', '../a', 'a/..', 'a/../../b', './a', 'a/.', '.', '/a', 'a/', 'a//b', '/', '']
    const characters = ['a b', 'a\\b', 'a\0', 'ä', 'a\n', 'a~', 'a+', 'a=', 'a:b', 'a%2e', 'a?b', 'a*', '$(a)']
    for (const name of [...traversals, ...characters, 'a'.repeat(513)]) {
      await expect(blob.put(name, bytes('x')), name).rejects.toMatchObject({ code: 'invalid_name' })
      await expect(blob.get(name), name).rejects.toMatchObject({ code: 'invalid_name' })
      await expect(blob.delete(name), name).rejects.toMatchObject({ code: 'invalid_name' })
    }
    expect((await blob.list('')).items).toEqual([])
  })

  guarantee('every allowed name is a place of its own', async () => {
    const blob = await open()
    const long = [199, 200, 201, 400, 512].map((length) => 'n'.repeat(length))
    const nested = ['a', 'a/b', 'a/b/c', 'a.b', 'a-b', '...', '.hidden', '-', '_', 'temp', 'COM1.txt']
    const mixed = [`${'n'.repeat(200)}/m`, `${'n'.repeat(255)}/${'m'.repeat(256)}`, `${'0/'.repeat(255)}ab`]
    const names = [...long, ...nested, ...mixed]
    for (const name of names) await blob.put(name, bytes(name))
    for (const name of names) expect(text(await blob.get(name))).toBe(name)
    expect((await blob.list('')).items.map(({ name }) => name)).toEqual(names.toSorted())
  })
}

const listCases: Cases = (guarantee, open) => {
  guarantee('listing finds a prefix in order, page by page', async () => {
    const blob = await open()
    const before = Date.now()
    const inside = ['d/2026-01/b', 'd/2026-01/a', 'd/2026-01-x', 'd/2026-01.y', 'd/2026-010', 'd/2026-01/a/deep']
    for (const name of [...inside, 'd/2025', 'd/2027', 'e', 'd']) await blob.put(name, bytes(name))
    const found: string[] = []
    let cursor: string | null | undefined
    do {
      const page = await blob.list('d/2026-01', { limit: 2, ...(cursor && { cursor }) })
      expect(page.items.length).toBeLessThanOrEqual(2)
      for (const { name, bytes, modifiedAt } of page.items) {
        found.push(name)
        expect(bytes).toBe(name.length)
        expect(Math.abs(modifiedAt - before)).toBeLessThan(60_000)
      }
      cursor = page.nextCursor
    } while (cursor)
    expect(found).toEqual(inside.toSorted())
  })

  guarantee('a prefix that nothing has lists nothing, however it is written', async () => {
    const blob = await open()
    await blob.put('a/b', bytes('c'))
    for (const prefix of ['b', 'a/b/', 'a/bc', '../', '/', '..', 'a/../a'])
      expect(await blob.list(prefix), prefix).toEqual({ items: [], nextCursor: null })
  })
}
