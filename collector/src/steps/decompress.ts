import { promisify } from 'node:util'
import { gunzip, gunzipSync, inflate, inflateRaw, inflateRawSync, inflateSync } from 'node:zlib'
import { limits, WireError } from '@trailstitch/protocol'
import type { Collector } from '../collector.ts'
import type { Job } from '../job.ts'

/** zlib stops as soon as more would come out, so a bomb costs no more than an honest body of full size. */
const options = { maxOutputLength: limits.maxBodyBytes }

/** Above this many compressed bytes a helper thread does the work, below it the way there costs more. */
const threadBytes = 64 * 1024

const formats = {
  gzip: { sync: gunzipSync, async: promisify(gunzip) },
  deflate: { sync: inflateSync, async: promisify(inflate) },
  raw: { sync: inflateRawSync, async: promisify(inflateRaw) },
}

/** Undoes the Content-Encoding, or gzip that is not named, with the limit on what comes out. One encoding only: a list is refused. */
export function decompress(job: Job, collector: Collector): Promise<void> | undefined {
  const format = formatOf(job.headers['content-encoding'], job.raw)
  if (format === undefined) {
    job.bytes = job.raw
    return undefined
  }
  if (job.raw.length > threadBytes) return decompressInThread(job, format, collector)
  let bytes: Buffer
  try {
    bytes = formats[format].sync(job.raw, options)
  } catch (error) {
    return refuse(error)
  }
  take(job, format, bytes)
  return undefined
}

/** Many of these may be under way at once, so each counts with the most it can become. */
async function decompressInThread(job: Job, format: keyof typeof formats, collector: Collector): Promise<void> {
  const mayHold = limits.maxBodyBytes
  if (collector.heldBytes + mayHold > collector.limits.maxInFlightBytes) throw new WireError('overloaded')
  collector.heldBytes += mayHold
  try {
    take(job, format, await formats[format].async(job.raw, options).catch(refuse))
  } finally {
    collector.heldBytes -= mayHold
  }
}

function take(job: Job, format: keyof typeof formats, bytes: Buffer): void {
  job.bytes = bytes
  // "deflate" in a chunk means with its zlib header, so that nobody behind us has to guess.
  if (format === 'raw') job.raw = bytes
  else job.encoding = format
}

function formatOf(header: string | undefined, raw: Buffer): keyof typeof formats | undefined {
  const name = header?.trim().toLowerCase()
  switch (name) {
    case undefined:
    case '':
    case 'identity':
      // A page cannot name an encoding without a preflight. No text begins like that.
      return raw[0] === 0x1f && raw[1] === 0x8b ? 'gzip' : undefined
    case 'gzip':
    case 'x-gzip':
      return 'gzip'
    case 'deflate':
      return hasZlibHeader(raw) ? 'deflate' : 'raw'
    default:
      throw new WireError('unsupported_encoding')
  }
}

/** "deflate" is meant to be wrapped in zlib's header (RFC 1950), and half the world leaves that out. */
function hasZlibHeader(raw: Buffer): boolean {
  const [first = 0, second = 0] = raw
  return (first & 0x0f) === 8 && ((first << 8) | second) % 31 === 0
}

function refuse(cause: unknown): never {
  const { code } = cause as NodeJS.ErrnoException
  throw new WireError(code === 'ERR_BUFFER_TOO_LARGE' ? 'body_too_large' : 'invalid_encoding', undefined, { cause })
}
