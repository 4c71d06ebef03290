import { createHash, timingSafeEqual } from 'node:crypto'
import { ApiError } from './errors.ts'

const digest = (text: string) => createHash('sha256').update(text).digest()

/**
 * Checks an Authorization header against the one token; throws `unauthorized`. Digests are compared instead of the texts,
 * so the time taken tells neither the token nor its length.
 */
export function createTokenCheck(token: string): (header: string | undefined) => void {
  if (token === '') throw new ApiError('invalid_options', 'The admin token is empty.')
  const expected = digest(token)
  return (header) => {
    const given = /^bearer +(.+)$/i.exec(header ?? '')?.[1] ?? ''
    if (!timingSafeEqual(digest(given), expected)) throw new ApiError('unauthorized')
  }
}
