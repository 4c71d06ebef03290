import { ApiError } from '../errors.ts'
import type { Known } from './accounts.ts'
import { type Invitation, listAll, type Role } from './documents.ts'
import type { Oidc, OidcIdentity } from './oidc.ts'
import type { AccountService } from './service.ts'

/**
 * Whose account that is: by the verified address, else by what an earlier sign-in has noted. Whoever has a verified address
 * of an allowed domain gets an account without projects. Throws `oidc_email` and `oidc_no_account`.
 */
export async function findPerson(
  { accounts }: AccountService,
  { domains }: Oidc,
  { email, oidc, name }: OidcIdentity,
): Promise<Known> {
  const known = (email !== undefined && (await accounts.byEmail(email))) || (await accounts.byOidc(oidc))
  if (known) return known
  if (email === undefined) throw new ApiError('oidc_email')
  const [local = '', domain = ''] = email.split('@')
  if (!domains.includes(domain)) throw new ApiError('oidc_no_account')
  return accounts.create({ email, name: name ?? local, oidc })
}

/** Notes who somebody is for the identity provider. True when that is news. */
export async function linkPerson({ accounts }: AccountService, userId: string, oidc: string): Promise<boolean> {
  const before = await accounts.byOidc(oidc)
  if (before?.id === userId) return false
  // Their address has become another account's: from now on they are that one.
  if (before) await accounts.update(before.id, ({ oidc: _, ...rest }) => rest)
  await accounts.update(userId, (account) => ({ ...account, oidc }))
  return true
}

/**
 * Makes somebody a member wherever their verified address is invited: they have no password to open the link with. Answers
 * with the roles. A project that takes no more members keeps nobody from signing in.
 */
export async function acceptInvitations(
  { options: { directory }, teams }: AccountService,
  userId: string,
  email: string,
): Promise<Role[]> {
  const joined: Role[] = []
  for (const { id, version, body } of await listAll<Invitation>(directory, 'invitation', ['email', email])) {
    const isTaken = (await teams.roleOf(body.project, userId)) !== undefined
    const isIn = isTaken || (await teams.set(body.project, userId, body.role).then(() => true, isFull))
    if (isIn) await directory.delete('invitation', id, version)
    if (isIn && !isTaken) joined.push(body.role)
  }
  return joined
}

function isFull(error: unknown): false {
  if (error instanceof ApiError && error.code === 'limit_reached') return false
  throw error
}
