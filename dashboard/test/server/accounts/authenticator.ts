import { codeOf } from '../../../src/server/accounts/second-factor.ts'
import type { Rig } from './rig.ts'

const stepMs = 30_000
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** The other way round than the server does it. */
export function fromBase32(text: string): Buffer {
  const bits = [...text].map((letter) => alphabet.indexOf(letter).toString(2).padStart(5, '0')).join('')
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)))
}

/** What the app on the phone shows. */
export const shown = (rig: Rig, secret: string, steps = 0): string =>
  codeOf(fromBase32(secret), Math.floor(rig.deps.now() / stepMs) + steps)

/** Turns a second factor on, and answers with what its app shows from then on. */
export async function turnOnSecondFactor(rig: Rig, token: string): Promise<() => string> {
  const { secret } = (await rig.post('/me/totp', {}, { token })).body
  await rig.post('/me/totp/confirm', { code: shown(rig, secret) }, { token })
  return () => shown(rig, secret)
}
