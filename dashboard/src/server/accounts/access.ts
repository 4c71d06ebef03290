import type { Project, Projects } from '@trailstitch/protocol'
import { ApiError } from '../errors.ts'
import { type ApiKeys, apiKeyPrefix } from './api-keys.ts'
import { type Role, rankOf, type Scope } from './documents.ts'
import type { Permission } from './permissions.ts'
import { isSame } from './secrets.ts'
import type { Sessions } from './sessions.ts'
import type { Teams } from './teams.ts'

export type Caller =
  /** Who has the admin token: an owner of every project. */
  | { kind: 'admin-token' }
  | { kind: 'account'; userId: string; sessionId: string; expiresAt: number }
  | { kind: 'api-key'; id: string; name: string; project: string; scopes: readonly Scope[] }

/** What a caller was let in with. `project` is undefined where the question is of all, or of none. */
export interface Admission {
  project?: Project
  role?: Role
}

export interface Access {
  /** Throws `unauthorized`. */
  identify(authorization: string | undefined): Promise<Caller>
  /** Throws `unknown_project` for what the caller must not know of, and `forbidden` for what it may not do there. */
  admit(caller: Caller, permission: Permission, projectId: string | undefined): Promise<Admission>
  /** Those the caller may see. */
  visible(caller: Caller): Promise<Project[]>
}

export interface AccessParts {
  projects: Projects
  adminToken: string
  /** Undefined: there are no accounts, and the admin token is all there is. */
  accounts?: { sessions: Sessions; teams: Teams; keys: ApiKeys }
}

/** Throws `invalid_options` when the token is empty. */
export function createAccess({ projects, adminToken, accounts }: AccessParts): Access {
  if (adminToken === '') throw new ApiError('invalid_options', 'The admin token is empty.')

  const roleOf = async (caller: Caller, project: string): Promise<Role | undefined> => {
    if (caller.kind === 'admin-token') return 'owner'
    if (caller.kind === 'account') return accounts?.teams.roleOf(project, caller.userId)
    if (caller.project !== project) return undefined
    return caller.scopes.includes('manage') ? 'admin' : 'viewer'
  }
  const visible = async (caller: Caller): Promise<Project[]> => {
    const seen: Project[] = []
    for (const project of projects.all()) if (await roleOf(caller, project.id)) seen.push(project)
    return seen
  }

  const ownsAny = async (caller: Caller): Promise<boolean> => {
    if (caller.kind === 'admin-token') return true
    for (const { id } of projects.all()) if ((await roleOf(caller, id)) === 'owner') return true
    return false
  }

  return {
    visible,
    async identify(authorization) {
      const token = /^bearer +(.+)$/i.exec(authorization ?? '')?.[1] ?? ''
      if (isSame(token, adminToken)) return { kind: 'admin-token' }
      if (!accounts || token === '') throw new ApiError('unauthorized')
      if (!token.startsWith(apiKeyPrefix)) return { kind: 'account', ...(await accounts.sessions.read(token)) }
      const { id, body } = await accounts.keys.read(token)
      return { kind: 'api-key', id, name: body.name, project: body.project, scopes: body.scopes }
    },
    async admit(caller, { needs, scope, everyProject }, projectId) {
      if (needs === 'public' || needs === 'known') return {}
      if (needs === 'account') {
        if (caller.kind !== 'account') throw new ApiError('account_needed')
        return {}
      }
      if (needs === 'owner-somewhere') {
        if (!(await ownsAny(caller))) throw new ApiError('forbidden')
        return {}
      }
      if (projectId === '*' && everyProject && caller.kind === 'admin-token') return {}
      const project = projectId === undefined ? (await visible(caller))[0] : projects.byId(projectId)
      const role = project && (await roleOf(caller, project.id))
      if (!role) throw new ApiError('unknown_project', projectId === undefined ? 'You see none.' : '')
      const isAllowed =
        caller.kind === 'api-key' ? scope !== undefined && caller.scopes.includes(scope) : rankOf(role) >= rankOf(needs)
      if (!isAllowed) throw new ApiError('forbidden')
      return { project, role }
    },
  }
}
