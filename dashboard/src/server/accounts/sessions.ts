import type { Deps, Directory } from '@trailstitch/backends'
import { jwtVerify, SignJWT } from 'jose'
import { ApiError } from '../errors.ts'
import { listAll, type Session } from './documents.ts'
import { isSame, randomText, type Secrets } from './secrets.ts'

const minuteMs = 60_000
const dayMs = 24 * 60 * minuteMs
export const accessTokenMs = 10 * minuteMs
/** A session that nobody uses for so long ends. */
export const idleMs = 30 * dayMs
/** However much it is used. */
export const maxSessionMs = 90 * dayMs
/** So long the refresh token before the last one gets the same successor: two tabs, or an answer that was lost. */
export const overlapMs = 10_000

const kind = 'session'
const issuer = 'trailstitch'
const audience = 'trailstitch-dashboard'
const algorithm = 'HS256'

/** What a client is given. */
export interface Grant {
  userId: string
  sessionId: string
  accessToken: string
  /** Of the access token, ms since 1970. */
  expiresAt: number
  refreshToken: string
  /** ms from now. */
  refreshMs: number
}

export interface Sessions {
  start(userId: string): Promise<Grant>
  /** Gives the successor of a refresh token. Throws `session_ended`, and ends the session of a token used twice. */
  refresh(token: string): Promise<Grant>
  /** Throws `unauthorized` for a token that is not ours, is over, or whose session was ended. */
  read(accessToken: string): Promise<{ userId: string; sessionId: string; expiresAt: number }>
  /** Ends the session that a refresh token belongs to; what is no token of ours ends nothing. */
  end(token: string): Promise<void>
  /** Ends all sessions of an account but one. */
  endAll(userId: string, exceptId?: string): Promise<void>
}

/**
 * Sessions and their tokens. An access token is a JWT that names the session; a refresh token is the session's id, a
 * running number and a MAC of both, so none of them is kept anywhere, and a successor can be told twice.
 */
export function createSessions(directory: Directory, secrets: Secrets, { now }: Pick<Deps, 'now'>): Sessions {
  const { grantOf, parse, verify } = createTokens(secrets, now)
  const lifeOf = ({ startedAt }: Session): number => Math.min(now() + idleMs, startedAt + maxSessionMs)
  const optionsOf = (session: Session) => ({ keys: { user: session.userId }, expiresAt: lifeOf(session) })
  const grant = (sessionId: string, session: Session) => grantOf(sessionId, session, lifeOf(session) - now())

  return {
    async start(userId) {
      const session: Session = { userId, startedAt: now(), generation: 1, rotatedAt: now() }
      const sessionId = randomText(16)
      await directory.write(kind, sessionId, session, { ...optionsOf(session), expected: 'new' })
      return grant(sessionId, session)
    },
    async refresh(token) {
      const place = parse(token)
      // Of several at once one is the first, and the others find what it has written.
      for (let tries = 0; place && tries < 4; tries++) {
        const there = await directory.read<Session>(kind, place.sessionId)
        if (!there) break
        const { body: session, version } = there
        const behind = session.generation - place.generation
        if (behind === 1 && now() - session.rotatedAt <= overlapMs) return grant(place.sessionId, session)
        if (behind !== 0) {
          // Whoever has it is not the only one who had it: we cannot tell which of them is the thief.
          await directory.delete(kind, place.sessionId)
          break
        }
        const next: Session = { ...session, generation: session.generation + 1, rotatedAt: now() }
        const written = await directory.write(kind, place.sessionId, next, { ...optionsOf(next), expected: version })
        if (written !== undefined) return grant(place.sessionId, next)
      }
      throw new ApiError('session_ended')
    },
    async read(accessToken) {
      const { sessionId, userId, expiresAt } = await verify(accessToken)
      const session = await directory.read<Session>(kind, sessionId)
      if (session?.body.userId !== userId) throw new ApiError('unauthorized')
      return { userId, sessionId, expiresAt }
    },
    async end(token) {
      const place = parse(token)
      if (place) await directory.delete(kind, place.sessionId)
    },
    async endAll(userId, exceptId) {
      for (const { id } of await listAll(directory, kind, ['user', userId]))
        if (id !== exceptId) await directory.delete(kind, id)
    },
  }
}

/** Makes tokens, and knows its own again. */
function createTokens(secrets: Secrets, now: () => number) {
  const key = secrets.key('access token')
  const macOf = (text: string): string => secrets.mac('refresh token', text)

  const grantOf = async (sessionId: string, session: Session, refreshMs: number): Promise<Grant> => {
    const place = `${sessionId}.${session.generation}`
    const issuedAt = Math.floor(now() / 1000)
    const expiresAt = issuedAt * 1000 + accessTokenMs
    const accessToken = await new SignJWT({ sid: sessionId })
      .setProtectedHeader({ alg: algorithm })
      .setSubject(session.userId)
      .setIssuer(issuer)
      .setAudience(audience)
      .setIssuedAt(issuedAt)
      .setExpirationTime(expiresAt / 1000)
      .sign(key)
    const refreshToken = `${place}.${macOf(place)}`
    return {
      userId: session.userId,
      sessionId,
      accessToken,
      expiresAt,
      refreshToken,
      refreshMs,
    }
  }

  /** The session's id and the number of the token; undefined for what we did not make. */
  const parse = (token: string): { sessionId: string; generation: number } | undefined => {
    const [, sessionId = '', generation = '', mac = ''] = /^([\w-]{22})\.(\d{1,9})\.([\w-]{43})$/.exec(token) ?? []
    if (!isSame(mac, macOf(`${sessionId}.${generation}`))) return undefined
    return { sessionId, generation: Number(generation) }
  }

  /** Throws `unauthorized`. */
  const verify = async (accessToken: string) => {
    const checks = { algorithms: [algorithm], issuer, audience, currentDate: new Date(now()), requiredClaims: ['exp'] }
    const verified = await jwtVerify<{ sid: string }>(accessToken, key, checks).catch(() => undefined)
    if (!verified) throw new ApiError('unauthorized')
    const { sid: sessionId, sub: userId = '', exp = 0 } = verified.payload
    return { sessionId, userId, expiresAt: exp * 1000 }
  }

  return { grantOf, parse, verify }
}
