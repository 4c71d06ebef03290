import type { Directory, DirectoryDocument } from '@trailstitch/backends'
import { ApiError } from '../errors.ts'

// What accounts are made of, by kind of the directory.

export const roles = ['viewer', 'analyst', 'admin', 'owner'] as const
/** Each may do what those before it may. */
export type Role = (typeof roles)[number]

export const scopes = ['read', 'export', 'manage'] as const
export type Scope = (typeof scopes)[number]

export interface Account {
  /** Lower case. */
  email: string
  name: string
  /** Argon2id. Undefined: there is none to sign in with. */
  password?: string
  createdAt: number
  /** A second factor that is asked for at each sign-in. */
  totp?: SecondFactor
  /** A secret that was shown and not confirmed yet, sealed. */
  totpDraft?: string
  /** Who it is for the identity provider: a digest of issuer and subject. */
  oidc?: string
}

export interface SecondFactor {
  /** The secret, sealed. */
  sealed: string
  /** The time step of the last code that was taken. None of that step or before counts again. */
  lastStep: number
  /** MACs of the recovery codes that are left. */
  recovery: string[]
}

/** Who sees a project; one document a project, so that a change of members is one write. */
export interface Team {
  members: Record<string, { role: Role; since: number }>
}

export interface Session {
  userId: string
  startedAt: number
  /** Which of its refresh tokens is the one that counts. */
  generation: number
  rotatedAt: number
}

export interface Invitation {
  project: string
  email: string
  role: Role
  invitedAt: number
}

export interface ApiKey {
  project: string
  name: string
  scopes: Scope[]
  digest: string
  createdAt: number
  expiresAt?: number
}

export const rankOf = (role: Role): number => roles.indexOf(role)

/** E-mail addresses are compared in small letters. */
export const normalEmail = (email: string): string => email.trim().toLowerCase()

const maxTries = 8

/** Reads, edits and writes, again while others are faster. Throws `conflict` when they always are, and what `edit` throws. */
export async function change<Body extends object>(
  directory: Directory,
  { kind, id }: { kind: string; id: string },
  edit: (body: Body | undefined) => Body | Promise<Body>,
  options: (body: Body) => { keys?: Record<string, string>; unique?: string[]; expiresAt?: number } = () => ({}),
): Promise<Body> {
  for (let tries = 0; tries < maxTries; tries++) {
    const there = await directory.read<Body>(kind, id)
    const next = await edit(there?.body)
    const expected = there?.version ?? 'new'
    if ((await directory.write(kind, id, next, { ...options(next), expected })) !== undefined) return next
  }
  throw new ApiError('conflict')
}

/** All of a kind that have a key. */
export async function listAll<Body extends object>(
  directory: Directory,
  kind: string,
  by: readonly [string, string],
): Promise<DirectoryDocument<Body>[]> {
  const found: DirectoryDocument<Body>[] = []
  for (let after: string | null | undefined; after !== null; ) {
    const page = await directory.list<Body>(kind, { by, limit: 500, ...(after !== undefined && { after }) })
    found.push(...page.items)
    after = page.nextCursor
  }
  return found
}
