import { limits } from '@trailstitch/protocol'
import blockedIds from './data/blocked-ids.json' with { type: 'json' }

/** An id as it may be used. Both fields are absent when there was none. */
export interface IdReading {
  id?: string
  /** Why what stood there must not identify anybody, with the value itself: `blocked: null`. */
  problem?: string
}

const none: IdReading = Object.freeze({})
const blocked = new Set(blockedIds)
const maxShownLength = 64
const zerosAndDashes = /^[0-]+$/
const quotesAround = /^["'`\\\s]+|["'`\\\s]+$/g

/**
 * Reads an id: numbers become text, text is trimmed, empty is none. Ids that client bugs give to everybody ("null",
 * zeros, "[object Object]" …) would merge strangers into one person and come back as a problem instead.
 */
export function readId(value: unknown): IdReading {
  if (value === undefined || value === null) return none
  if (typeof value === 'number') {
    // Past 2^53 different ids become the same number before we see them.
    if (Number.isInteger(value) && !Number.isSafeInteger(value)) return { problem: `imprecise: ${value}` }
    return isBlockedId(String(value)) ? { problem: `blocked: ${value}` } : { id: String(value) }
  }
  if (typeof value !== 'string') return { problem: 'invalid' }
  const id = value.trim()
  if (id === '') return none
  if (id.length > limits.maxIdLength) return { problem: `too_long: ${shown(id)}` }
  if (isBlockedId(id)) return { problem: `blocked: ${shown(id)}` }
  return { id }
}

/** Whether an id is one of docs/definitions.md's blocked ids, in any case, quoted or not. */
export function isBlockedId(id: string): boolean {
  const bare = startsQuoted(id) ? id.replace(quotesAround, '') : id
  return bare === '' || blocked.has(bare.toLowerCase()) || zerosAndDashes.test(bare)
}

/** Letters and digits come first in nearly all ids, so the quotes are looked for only where they can be. */
function startsQuoted(id: string): boolean {
  const code = id.charCodeAt(0)
  return code === 34 || code === 39 || code === 96 || code === 92 || code <= 32
}

const shown = (id: string): string => (id.length > maxShownLength ? `${id.slice(0, maxShownLength)}…` : id)
