import { createHash, type Hash, hash } from 'node:crypto'
import { createReadStream, statSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { CliError, messageOf } from '../errors.ts'

export interface Line {
  /** Without line end. Bytes that are no UTF-8, and U+0000, are U+FFFD. */
  text: string
  /** From 1. */
  number: number
  /** The same for the same line at the same place of the same file, however much the file has grown behind it. */
  id: string
}

export interface LineSource {
  lines: AsyncIterable<Line>
  /** Bytes read from the file so far, compressed ones where it is. */
  readBytes(): number
  /** Undefined for a pipe. */
  totalBytes: number | undefined
}

/** Longer lines are cut; no format of ours has any. */
const maxLineBytes = 1024 * 1024
/** How much of a file's beginning tells it from all others. */
const identityBytes = 64 * 1024

/**
 * Opens a file, or stdin for `-`, plain or gzip by its first bytes. Throws `file_not_found`; the lines end with
 * `file_damaged` where gzip data breaks off.
 */
export function openLines(file: string, stdin: Readable): LineSource {
  let readBytes = 0
  const totalBytes = file === '-' ? undefined : sizeOf(file)
  const raw = file === '-' ? stdin : createReadStream(file, { highWaterMark: 256 * 1024 })
  async function* counted(): AsyncGenerator<Buffer> {
    for await (const chunk of raw) {
      const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk as string)
      readBytes += bytes.length
      yield bytes
    }
  }
  return { lines: numberLines(splitLines(decompress(counted(), file))), readBytes: () => readBytes, totalBytes }
}

function sizeOf(file: string): number | undefined {
  try {
    const stat = statSync(file)
    if (stat.isDirectory()) throw new CliError('file_not_found', `${file} is a folder. Name a file, or - for stdin.`)
    return stat.isFile() ? stat.size : undefined
  } catch (error) {
    if (error instanceof CliError) throw error
    throw new CliError('file_not_found', `${file} cannot be read: ${messageOf(error)}`, { cause: error })
  }
}

async function* decompress(chunks: AsyncGenerator<Buffer>, file: string): AsyncGenerator<Buffer> {
  const first = await chunks.next()
  if (first.done) return
  if (first.value[0] !== 0x1f || first.value[1] !== 0x8b) {
    yield first.value
    yield* chunks
    return
  }
  const gunzip = createGunzip()
  const feeding = feed(gunzip, first.value, chunks)
  try {
    for await (const chunk of gunzip) yield chunk as Buffer
    await feeding
  } catch (cause) {
    gunzip.destroy()
    throw new CliError('file_damaged', `${file} breaks off or is no gzip file: ${messageOf(cause)}`, { cause })
  }
}

async function feed(
  gunzip: ReturnType<typeof createGunzip>,
  first: Buffer,
  rest: AsyncGenerator<Buffer>,
): Promise<void> {
  gunzip.write(first)
  for await (const chunk of rest) {
    if (gunzip.destroyed) return
    if (!gunzip.write(chunk)) await new Promise<void>((resolve) => whenWritable(gunzip, resolve))
  }
  gunzip.end()
}

function whenWritable(gunzip: ReturnType<typeof createGunzip>, resolve: () => void): void {
  gunzip.once('drain', resolve)
  gunzip.once('close', resolve)
}

async function* splitLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let parts: Buffer[] = []
  let length = 0
  for await (const chunk of chunks) {
    let start = 0
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      yield parts.length === 0 ? chunk.subarray(start, end) : Buffer.concat([...parts, chunk.subarray(start, end)])
      parts = []
      length = 0
      start = end + 1
    }
    if (start === chunk.length || length > maxLineBytes) continue
    parts.push(chunk.subarray(start))
    length += chunk.length - start
  }
  if (parts.length > 0) yield Buffer.concat(parts)
}

/**
 * A line's id is a hash of the line, its number and the beginning of the file: what stands before the line, but no more
 * than the first 64 KB of it. So a file that has grown gives its old lines their old ids, however short it was.
 */
async function* numberLines(lines: AsyncIterable<Buffer>): AsyncGenerator<Line> {
  const decoder = new TextDecoder('utf-8')
  const beginning: Hash = createHash('sha256')
  let room = identityBytes
  let identity = ''
  let number = 0
  for await (const line of lines) {
    const bytes = (line.at(-1) === 13 ? line.subarray(0, -1) : line).subarray(0, maxLineBytes)
    if (room > 0) {
      beginning.update(bytes).update('\n')
      room -= bytes.length + 1
      identity = beginning.copy().digest('hex')
    }
    number++
    const id = hash('sha256', Buffer.concat([Buffer.from(`${identity}\n${number}\n`), bytes])).slice(0, 40)
    yield { text: decoder.decode(bytes).replaceAll('\0', '\ufffd'), number, id }
  }
}
