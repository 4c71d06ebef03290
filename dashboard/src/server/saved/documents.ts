import type { Caller } from '../accounts/access.ts'
import type { AuditEntry } from '../accounts/audit.ts'
import { type Role, rankOf } from '../accounts/documents.ts'
import { ApiError } from '../errors.ts'
import type { EmbedQuery } from './embedded.ts'
import type { OpenQuery } from './scope.ts'
import type { OfProject } from './shelf.ts'

/** Whoever made something: an account, an API key, or the admin token. */
export type Maker = AuditEntry['who']

export interface Report {
  project: string
  name: string
  description: string
  /** The page it shows, such as `/funnels`, and what stands in its address: `?period=month`, or nothing. */
  page: string
  search: string
  madeBy: Maker
  /** When it was made and last changed, ms since 1970. */
  at: number
  changedAt: number
}

export interface Annotation {
  project: string
  /** A day, `2026-11-30`, which is the reader's own; or a moment, ISO 8601 in UTC. */
  when: string
  text: string
  madeBy: Maker
  at: number
}

/** What a link or an embedded chart may ask, until it ends. */
export interface Grant extends OfProject {
  queries: OpenQuery[]
  expiresAt: number
  madeBy: Maker
  at: number
}

/** A token for pages elsewhere. */
export interface Embed extends Omit<Grant, 'queries'> {
  name: string
  queries: EmbedQuery[]
  /** Of the pages that may read the answers, as browsers send them. */
  origins: string[]
}

export const shareRanges = ['fixed', 'movable'] as const

/** A report as it was when the link was made. Its id is the digest of the link's token. */
export interface Share extends Grant {
  /** Id of the report. */
  report: string
  name: string
  description: string
  page: string
  search: string
  /** `movable`: visitors may look at other times; else they see those of the questions alone. */
  range: (typeof shareRanges)[number]
  /** Argon2id. Undefined: the link is enough. */
  password?: string
}

/** What somebody made they may change; what others made, an admin may. Throws `forbidden`. */
export function demandOwn(madeBy: Maker, caller: Caller, role: Role): void {
  if (rankOf(role) >= rankOf('admin')) return
  const isOwn = caller.kind === 'account' && madeBy.kind === 'account' && madeBy.id === caller.userId
  if (!isOwn) throw new ApiError('forbidden', 'Somebody else made it; an admin may change it.')
}
