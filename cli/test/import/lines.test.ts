import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { type Line, openLines } from '../../src/import/lines.ts'

async function linesOf(bytes: string | Buffer, chunkBytes = 7): Promise<Line[]> {
  const buffer = Buffer.from(bytes)
  const chunks: Buffer[] = []
  for (let at = 0; at < buffer.length; at += chunkBytes) chunks.push(buffer.subarray(at, at + chunkBytes))
  const lines: Line[] = []
  for await (const line of openLines('-', Readable.from(chunks)).lines) lines.push(line)
  return lines
}
const textsOf = async (bytes: string | Buffer, chunkBytes?: number) =>
  (await linesOf(bytes, chunkBytes)).map(({ text }) => text)

test('lines are cut wherever chunks end, with either line end and without a last one', async () => {
  for (const chunkBytes of [1, 2, 3, 100]) {
    expect(await textsOf('a\nbb\r\n\nccc', chunkBytes)).toEqual(['a', 'bb', '', 'ccc'])
    expect(await textsOf('a\n', chunkBytes)).toEqual(['a'])
  }
  expect(await textsOf('')).toEqual([])
})

test('gzip is known by its first bytes, also when several files are joined', async () => {
  expect(await textsOf(Buffer.concat([gzipSync('a\nb\n'), gzipSync('c\n')]))).toEqual(['a', 'b', 'c'])
})

test('a gzip file that breaks off ends with file_damaged', async () => {
  const half = gzipSync('a line\n'.repeat(1000)).subarray(0, 40)
  await expect(linesOf(half)).rejects.toMatchObject({ code: 'file_damaged' })
})

test('a missing file is told with its name', () => {
  expect(() => openLines('/no/such/file', Readable.from([]))).toThrow(/\/no\/such\/file cannot be read/)
})

test('U+0000 and bytes that are no UTF-8 become U+FFFD', async () => {
  expect(await textsOf(Buffer.from([97, 0, 255, 98]))).toEqual(['a\ufffd\ufffdb'])
})

test('lines keep their ids when the file grows, is compressed or is read in other chunks', async () => {
  const short = Array.from({ length: 40 }, (_, index) => `line ${index % 3}`)
  const ids = async (lines: string[], pack = (text: string): string | Buffer => text) =>
    (await linesOf(pack(`${lines.join('\n')}\n`), 11)).map(({ id }) => id)
  const before = await ids(short)
  expect(new Set(before).size).toBe(40)
  expect((await ids([...short, 'one more'])).slice(0, 40)).toEqual(before)
  expect(await ids(short, (text) => gzipSync(text))).toEqual(before)
})

test('past the first 64 KiB a changed line changes its own id alone', async () => {
  const lines = Array.from({ length: 3000 }, (_, index) => `line ${index} ${'x'.repeat(30)}`)
  const before = await linesOf(`${lines.join('\n')}\n`, 1000)
  lines[2500] = 'mended'
  const after = await linesOf(`${lines.join('\n')}\n`, 1000)
  expect(after.filter(({ id }, index) => id !== before[index]?.id).map(({ number }) => number)).toEqual([2501])
})

test('files that begin differently share no ids, even for the same line at the same place', async () => {
  const [, first] = await linesOf('a\nsame\n')
  const [, second] = await linesOf('b\nsame\n')
  expect(first?.text).toBe(second?.text)
  expect(first?.id).not.toBe(second?.id)
})

test('the same line many times over has as many ids, also past the first 64 KiB', async () => {
  const lines = await linesOf('the same line again and again\n'.repeat(5000), 1000)
  expect(new Set(lines.map(({ id }) => id)).size).toBe(5000)
})
