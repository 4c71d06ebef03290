import type { Deps } from '@trailstitch/backends'
import { jwtVerify, SignJWT } from 'jose'
import type { Secrets } from './secrets.ts'

const issuer = 'trailstitch'
const algorithm = 'HS256'

/** What a token is for. None is good for another purpose, or as a sign-in: each has a key and an audience of its own. */
export type Purpose = 'shared' | 'embed'

export interface ScopedTokens {
  /** `subject`: id of the document that says what the token allows. `expiresAt`: ms since 1970, to the second. */
  sign(purpose: Purpose, subject: string, expiresAt: number): Promise<string>
  /** The subject of an `Authorization: Bearer` header; undefined for what is not ours, is for something else, or is over. */
  read(purpose: Purpose, authorization: string | undefined): Promise<string | undefined>
}

export function createScopedTokens(secrets: Secrets, { now }: Pick<Deps, 'now'>): ScopedTokens {
  const keyOf = (purpose: Purpose) => secrets.key(`${purpose} token`)
  const audienceOf = (purpose: Purpose) => `trailstitch-${purpose}`
  return {
    sign: (purpose, subject, expiresAt) =>
      new SignJWT()
        .setProtectedHeader({ alg: algorithm })
        .setSubject(subject)
        .setIssuer(issuer)
        .setAudience(audienceOf(purpose))
        .setIssuedAt(Math.floor(now() / 1000))
        .setExpirationTime(Math.floor(expiresAt / 1000))
        .sign(keyOf(purpose)),
    async read(purpose, authorization) {
      const token = /^bearer +(.+)$/i.exec(authorization ?? '')?.[1] ?? ''
      const checks = {
        ...{ algorithms: [algorithm], issuer, audience: audienceOf(purpose) },
        ...{ currentDate: new Date(now()), requiredClaims: ['exp', 'sub'] },
      }
      const verified = await jwtVerify(token, keyOf(purpose), checks).catch(() => undefined)
      return verified?.payload.sub
    },
  }
}
