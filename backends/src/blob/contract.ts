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
    const open = async (suffix = ''): Promise<Blob> => {
      const blob = await fixture.open(`case-${round}${suffix}`)
      handles.push(blob)
      return blob
    }
    objectCases(guarantee, open)
    streamCases(guarantee, open)
    linkCases(guarantee, open)
    nameCases(guarantee, open)
    listCases(guarantee, open)
    done()
  })
}

type Cases = (guarantee: Guarantee, open: (suffix?: string) => Promise<Blob>) => void

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
    await expect(blob.putStream('a', pieces([1]))).rejects.toMatchObject({ code: 'closed' })
    await expect(blob.getStream('a')).rejects.toMatchObject({ code: 'closed' })
    await expect(blob.link('a', { expiresInMs: 60_000 })).rejects.toMatchObject({ code: 'closed' })
  })
}

const pattern = Uint8Array.from({ length: 251 }, (_, index) => index)

/** A stream of pieces of these lengths. Its bytes count from 0 to 250 and over again, so that a lost one shows. */
async function* pieces(lengths: readonly number[], failure?: Error): AsyncGenerator<Uint8Array> {
  let at = 0
  for (const length of lengths) {
    const turned = Buffer.concat([pattern.subarray(at % 251), pattern.subarray(0, at % 251)])
    yield Buffer.alloc(length, turned)
    at += length
  }
  if (failure) throw failure
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const found: Uint8Array[] = []
  for await (const chunk of chunks) found.push(chunk)
  return Buffer.concat(found)
}

const MiB = 1024 * 1024

const streamCases: Cases = (guarantee, open) => {
  guarantee('a stream arrives whole, however it was cut', async () => {
    const blob = await open()
    const cuts = { none: [], empty: [0], small: [1, 0, 2], exact: [4 * MiB, 4 * MiB], large: [MiB, 17 * MiB + 1, 0, 3] }
    for (const [name, lengths] of Object.entries(cuts)) {
      await blob.putStream(`streams/${name}`, pieces(lengths))
      const expected = await collect(pieces(lengths))
      const [whole, stream] = [await blob.get(`streams/${name}`), await blob.getStream(`streams/${name}`)]
      expect(Buffer.compare(whole ?? bytes('none'), expected), name).toBe(0)
      expect(Buffer.compare(await collect(stream ?? pieces([1])), expected), name).toBe(0)
    }
    const { items } = await blob.list('streams/')
    expect(items.map((item) => item.bytes)).toEqual([0, 8 * MiB, 18 * MiB + 4, 0, 3])
  })

  guarantee('an input that throws leaves no object, and the one that was there', async () => {
    const blob = await open()
    const failure = new Error('the input failed')
    await blob.put('old', bytes('old'))
    for (const lengths of [[], [10], [9 * MiB, MiB]]) {
      await expect(blob.putStream('old', pieces(lengths, failure))).rejects.toBe(failure)
      await expect(blob.putStream('new', pieces(lengths, failure))).rejects.toBe(failure)
    }
    expect(text(await blob.get('old'))).toBe('old')
    expect((await blob.list('')).items.map(({ name }) => name)).toEqual(['old'])
  })

  guarantee('a stream shows the object as it was when it was opened', async () => {
    const blob = await open()
    expect(await blob.getStream('object')).toBeUndefined()
    await blob.put('object', new Uint8Array(3 * MiB).fill(1))
    const before = await blob.getStream('object')
    await blob.put('object', new Uint8Array(2 * MiB).fill(2))
    expect(Buffer.compare(await collect(before ?? pieces([])), Buffer.alloc(3 * MiB, 1))).toBe(0)
  })

  guarantee('a stream that is left early holds nothing up', async () => {
    const blob = await open()
    await blob.put('object', new Uint8Array(3 * MiB))
    for (let round = 0; round < 60; round++) {
      for await (const chunk of (await blob.getStream('object')) ?? pieces([])) {
        expect(chunk.length).toBeGreaterThan(0)
        break
      }
    }
    expect((await blob.get('object'))?.length).toBe(3 * MiB)
  })
}

const linkCases: Cases = (guarantee, open) => {
  guarantee('a link leads whoever has it to the object', async () => {
    const blob = await open()
    await blob.put('exports/a.jsonl', bytes('{}'))
    const before = Date.now()
    const link = await blob.link('exports/a.jsonl', { expiresInMs: 60_000 })
    expect(Math.abs((link?.expiresAt ?? 0) - before - 60_000)).toBeLessThan(2_000)
    const response = await fetch(link?.url ?? '')
    expect(response.status).toBe(200)
    expect(await response.text()).toBe('{}')
  })

  guarantee('a link saves the object under the name asked for', async () => {
    const blob = await open()
    await blob.put('exports/a.jsonl', bytes('{}'))
    const link = await blob.link('exports/a.jsonl', { expiresInMs: 60_000, downloadAs: 'events.jsonl' })
    const { headers } = await fetch(link?.url ?? '')
    expect(headers.get('content-disposition')).toBe('attachment; filename="events.jsonl"')
  })

  guarantee('a link suggests no hostile file name', async () => {
    const blob = await open()
    for (const downloadAs of ['', 'a"b', 'a/b', 'a\r\nb', 'ä', 'a'.repeat(201)])
      await expect(blob.link('a', { expiresInMs: 60_000, downloadAs })).rejects.toMatchObject({ code: 'invalid_name' })
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
      await expect(blob.putStream(name, pieces([1])), name).rejects.toMatchObject({ code: 'invalid_name' })
      await expect(blob.getStream(name), name).rejects.toMatchObject({ code: 'invalid_name' })
      await expect(blob.link(name, { expiresInMs: 1000 }), name).rejects.toMatchObject({ code: 'invalid_name' })
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
    const found = (await blob.list('')).items.map(({ name }) => name)
    expect(found.toSorted()).toEqual(names.toSorted())
  })
}

const listCases: Cases = (guarantee, open) => {
  guarantee('listing finds a prefix in order, page by page', async () => {
    const blob = await open()
    const before = Date.now()
    const inside = ['d/2026-01/b', 'd/2026-01/a', 'd/2026-01-x', 'd/2026-01.y', 'd/2026-010', 'd/2026-01/c/deep']
    for (const name of [...inside, 'd/2025', 'd/2027', 'e', 'c']) await blob.put(name, bytes(name))
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

  guarantee('names are listed in the order of their bytes', async () => {
    const blob = await open()
    const names = ['-', '...', '1', 'A', 'Z', '_', 'a', 'z']
    for (const name of names.toReversed()) await blob.put(name, bytes(name))
    expect((await blob.list('')).items.map(({ name }) => name)).toEqual(names)
    expect((await blob.list('', { cursor: 'Z' })).items.map(({ name }) => name)).toEqual(names.slice(5))
  })

  guarantee('an object and those below its name are listed side by side', async () => {
    const blob = await open()
    const names = ['d', 'd-x', 'd.y', 'd/a', 'd/a/deep', 'd/b', 'd0']
    for (const name of names.toReversed()) await blob.put(name, bytes(name))
    expect((await blob.list('')).items.map(({ name }) => name)).toEqual(names)
    const first = await blob.list('d', { limit: 4 })
    expect(first.items.map(({ name }) => name)).toEqual(names.slice(0, 4))
    const second = await blob.list('d', { limit: 4, cursor: first.nextCursor ?? '' })
    expect(second).toMatchObject({ items: names.slice(4).map((name) => ({ name })), nextCursor: null })
  })

  guarantee('storages of other names see none of it', async () => {
    const [blob, other] = [await open(), await open('beside')]
    await blob.put('a', bytes('mine'))
    expect((await other.list('')).items).toEqual([])
    expect(await other.get('a')).toBeUndefined()
    await other.delete('a')
    expect(text(await blob.get('a'))).toBe('mine')
  })

  guarantee('a prefix that nothing has lists nothing, however it is written', async () => {
    const blob = await open()
    await blob.put('a/b', bytes('c'))
    for (const prefix of ['b', 'a/b/', 'a/bc', '../', '/', '..', 'a/../a'])
      expect(await blob.list(prefix), prefix).toEqual({ items: [], nextCursor: null })
  })
}
