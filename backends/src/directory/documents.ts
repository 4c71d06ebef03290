import { randomBytes } from 'node:crypto'
import { BackendError } from '../errors.ts'
import { directoryLimits, type ListOptions, newDocument, type WriteOptions } from './port.ts'

// What every backend does alike before it touches its place.

const namePattern = /^[a-z][a-z0-9-]{0,31}$/
/** ASCII alone, so that all backends sort ids alike. */
const idPattern = /^[\x21-\x7e]+$/

/** A document as it is kept. */
export interface Draft {
  version: string
  /** JSON. */
  text: string
  keys: { name: string; value: string; isUnique: boolean }[]
  expiresAt: number | null
}

/** Checks a write and gives it the version it will have. Throws `invalid_document`. */
export function draftOf(kind: string, id: string, body: object, options: WriteOptions): Draft {
  checkPlace(kind, id)
  const { keys = {}, unique = [], expiresAt = null, expected } = options
  const text = JSON.stringify(body)
  if (Buffer.byteLength(text) > directoryLimits.maxBodyBytes) refuse(`${kind}: its body is over 256 KiB.`)
  const entries = Object.entries(keys)
  if (entries.length > directoryLimits.maxKeys) refuse(`${kind}: it has over ${directoryLimits.maxKeys} keys.`)
  for (const [name, value] of entries) checkKey(name, value)
  if (unique.some((name) => !Object.hasOwn(keys, name))) refuse(`${kind}: a unique key has no value.`)
  if (expected === '') refuse(`${kind}: no version is expected.`)
  return {
    version: randomBytes(12).toString('base64url'),
    text,
    keys: entries.map(([name, value]) => ({ name, value, isUnique: unique.includes(name) })),
    expiresAt: expiresAt === null ? null : Math.floor(expiresAt),
  }
}

export const isNew = ({ expected }: WriteOptions): boolean => expected === newDocument

/** Throws `invalid_document`. */
export function checkPlace(kind: string, id: string): void {
  if (!namePattern.test(kind)) refuse(`"${kind}" is no name of a kind.`)
  if (!idPattern.test(id) || id.length > directoryLimits.maxIdLength)
    refuse(`${kind}: an id has 1 to ${directoryLimits.maxIdLength} printable ASCII characters and no spaces.`)
}

/** Throws `invalid_document`. */
export function checkList(kind: string, { by, limit }: ListOptions): void {
  checkPlace(kind, '-')
  if (by) checkKey(...by)
  if (!(Number.isInteger(limit) && limit >= 1 && limit <= directoryLimits.maxPage))
    refuse(`${kind}: a page has 1 to ${directoryLimits.maxPage} documents.`)
}

function checkKey(name: string, value: string): void {
  if (!namePattern.test(name)) refuse(`"${name}" is no name of a key.`)
  if (value.length > directoryLimits.maxKeyLength || value.includes('\0') || !value.isWellFormed())
    refuse(`The value of the key ${name} is no text of up to ${directoryLimits.maxKeyLength} characters.`)
}

function refuse(detail: string): never {
  throw new BackendError('invalid_document', detail)
}

/** The first `limit` of what was found, of which there is one more when there is another page. */
export function pageOf<Item extends { id: string }>(
  found: readonly Item[],
  limit: number,
): { items: Item[]; nextCursor: string | null } {
  const items = found.slice(0, limit)
  return { items, nextCursor: found.length > limit ? (items.at(-1)?.id ?? null) : null }
}
