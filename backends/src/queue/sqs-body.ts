import { promisify } from 'node:util'
import { zstdCompress, zstdDecompress } from 'node:zlib'
import { maxChunkBytes } from './port.ts'

const [compress, decompress] = [promisify(zstdCompress), promisify(zstdDecompress)]

/** A message may hold 1 MiB of text, its attributes included; there are none. */
export const maxTextBytes = 1024 * 1024
/** Base64 makes four characters of three bytes; zstd may add some bytes to what cannot be compressed. */
export const maxBodyBytes = (maxTextBytes / 4) * 3 - 1024

/** A frame of zstd starts so, and nothing that is put into a queue does by itself. */
const frame = Buffer.from([0x28, 0xb5, 0x2f, 0xfd])

/** SQS takes no bytes, only text of characters that XML allows, and bills by 64 KiB: compressed, then base64. */
export async function encodeBody(bytes: Uint8Array): Promise<string> {
  return (await compress(bytes)).toString('base64')
}

/** What is none of ours comes back as it stands, for whoever looks into it. */
export async function decodeBody(text: string): Promise<Uint8Array> {
  const bytes = Buffer.from(text, 'base64')
  if (!bytes.subarray(0, frame.length).equals(frame)) return Buffer.from(text)
  try {
    return await decompress(bytes, { maxOutputLength: maxChunkBytes })
  } catch {
    return Buffer.from(text)
  }
}
