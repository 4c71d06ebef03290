import { gunzipSync, inflateRawSync, inflateSync } from 'node:zlib'
import type { ChunkPart } from './chunk.ts'
import { limits } from './limits.ts'

/** The decompressed body of a part, at most `limits.maxBodyBytes`. Throws what zlib throws. */
export function openPart(part: Pick<ChunkPart, 'encoding'>, bytes: Uint8Array): Uint8Array {
  if (part.encoding === 'identity') return bytes
  const options = { maxOutputLength: limits.maxBodyBytes }
  if (part.encoding === 'gzip') return gunzipSync(bytes, options)
  if (!hasZlibHeader(bytes)) return inflateRawSync(bytes, options)
  try {
    return inflateSync(bytes, options)
  } catch (error) {
    // Two bytes of raw deflate may look like a zlib header. A body that is too large is too large either way.
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw error
    return inflateRawSync(bytes, options)
  }
}

/** "deflate" is zlib by the standard and raw deflate by many clients: https://www.rfc-editor.org/rfc/rfc9110#section-8.4.1.2 */
function hasZlibHeader(bytes: Uint8Array): boolean {
  const [first = 0, second = 0] = bytes
  return (first & 15) === 8 && ((first << 8) | second) % 31 === 0
}
