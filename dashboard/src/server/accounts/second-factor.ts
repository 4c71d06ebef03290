import { createHmac, randomBytes } from 'node:crypto'
import type { Deps } from '@trailstitch/backends'
import { ApiError } from '../errors.ts'
import type { SecondFactor } from './documents.ts'
import { isSame, type Secrets } from './secrets.ts'

// Time-based one-time passwords as authenticator apps know them: RFC 6238 with SHA-1, six digits, steps of 30 s.

const stepMs = 30_000
const digits = 6
/** As long as the hash, as RFC 4226 asks for. */
const secretBytes = 20
export const recoveryCodes = 10
/** 16 letters of base 32. */
const recoveryBytes = 10
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

export interface SecondFactors {
  /** A new secret, to be shown once, and as it is kept. `url` is what authenticator apps read from a QR code. */
  draft(email: string): { secret: string; url: string; sealed: string }
  /** A second factor from a draft, and the recovery codes that are told this once. Throws `wrong_code`. */
  confirm(userId: string, sealed: string, code: string): { factor: SecondFactor; codes: string[] }
  /**
   * The second factor once the code is used up: one of the app from a step before to a step after now, or a recovery
   * code. Throws `wrong_code` for what is wrong or was used.
   */
  take(userId: string, factor: SecondFactor, code: string): SecondFactor
}

export function createSecondFactors(secrets: Secrets, { now }: Pick<Deps, 'now'>): SecondFactors {
  const purpose = 'second factor'
  // Under the server's secret: what is kept does not tell a code to whoever tries them all.
  const macOf = (userId: string, code: string): string => secrets.mac('recovery code', `${userId} ${code}`)

  /** The step that a code is of, if it is later than `lastStep`. */
  const stepOf = (sealed: string, code: string, lastStep: number): number | undefined => {
    const secret = secrets.open(purpose, sealed)
    if (secret === undefined || !/^\d{6}$/.test(code)) return undefined
    const current = Math.floor(now() / stepMs)
    const key = Buffer.from(secret, 'hex')
    return [current - 1, current, current + 1].find((step) => step > lastStep && isSame(codeOf(key, step), code))
  }

  return {
    draft(email) {
      const key = randomBytes(secretBytes)
      const secret = toBase32(key)
      const url = `otpauth://totp/${encodeURIComponent(`Trailstitch:${email}`)}?secret=${secret}&issuer=Trailstitch`
      return { secret, url, sealed: secrets.seal(purpose, key.toString('hex')) }
    },
    confirm(userId, sealed, code) {
      const step = stepOf(sealed, normalCode(code), -1)
      if (step === undefined) throw new ApiError('wrong_code')
      const codes = Array.from({ length: recoveryCodes }, () => toBase32(randomBytes(recoveryBytes)).toLowerCase())
      const factor = { sealed, lastStep: step, recovery: codes.map((each) => macOf(userId, each)) }
      return { factor, codes: codes.map((each) => (each.match(/.{4}/g) ?? []).join('-')) }
    },
    take(userId, factor, given) {
      const code = normalCode(given)
      const step = stepOf(factor.sealed, code, factor.lastStep)
      if (step !== undefined) return { ...factor, lastStep: step }
      const mac = macOf(userId, code)
      if (!factor.recovery.some((each) => isSame(each, mac))) throw new ApiError('wrong_code')
      return { ...factor, recovery: factor.recovery.filter((each) => each !== mac) }
    },
  }
}

/** People type blanks and dashes, or leave them out. */
const normalCode = (code: string): string => code.replace(/[\s-]/g, '').toLowerCase()

/** The code of a step: RFC 4226, section 5.3. */
export function codeOf(key: Uint8Array, step: number): string {
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(step))
  const mac = createHmac('sha1', key).update(counter).digest()
  const offset = (mac.at(-1) ?? 0) & 0xf
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 10 ** digits).padStart(digits, '0')
}

/** RFC 4648 without padding, of a number of bytes that needs none. */
export function toBase32(bytes: Uint8Array): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  return (bits.match(/.{5}/g) ?? []).map((five) => alphabet[Number.parseInt(five, 2)]).join('')
}
