import { ApiError } from '../errors.ts'
import { parseTime } from '../params.ts'

const dayMs = 24 * 3_600_000
export const defaultLifeMs = 30 * dayMs
export const maxLifeMs = 366 * dayMs

/** When a link or token ends, ms since 1970. Throws `invalid_request` for what is over, or more than a year away. */
export function expiryOf(text: string | undefined, now: number): number {
  const at = parseTime('expiresAt', text) ?? now + defaultLifeMs
  if (at <= now) throw new ApiError('invalid_request', '"expiresAt" is over already.')
  if (at > now + maxLifeMs) throw new ApiError('invalid_request', '"expiresAt" is more than a year away.')
  return at
}
