import { hash } from 'node:crypto'

/** `visitor`: an anonymousId. `user`: a userId. */
export type EntityKind = 'visitor' | 'user'

/** 16 bytes that stand for a text: of 10^9 texts, two share theirs with a chance of about 10^-21. */
export const digest = (...texts: readonly (string | number)[]): Buffer =>
  hash('sha256', texts.join('\0'), 'buffer').subarray(0, 16)

export const entityKey = (project: string, kind: EntityKind, id: string): Buffer => digest(project, kind, id)

/** Shown in addresses, so it tells nothing of the id it stands for. */
export const profileIdOf = (key: Uint8Array): string => `p_${Buffer.from(key).toString('base64url')}`

/** The key a profileId stands for; undefined for what is no profileId. */
export function parseProfileId(profileId: string): Buffer | undefined {
  if (!/^p_[\w-]{22}$/.test(profileId)) return undefined
  return Buffer.from(profileId.slice(2), 'base64url')
}

/** Follows from the session's first event alone; a late event before it gives the session another id. */
export const sessionIdOf = (project: string, anonymousId: string, first: readonly [number, string]): string =>
  `s_${digest(project, anonymousId, first[0], first[1]).subarray(0, 12).toString('base64url')}`
