import type { Deps, Directory } from '@trailstitch/backends'
import type { Projects } from '@trailstitch/protocol'
import { ApiError } from '../errors.ts'
import { change, type Role, type Team } from './documents.ts'

const kind = 'team'
/** They have to fit into one document. */
export const maxMembers = 1_000

export interface Teams {
  /** Undefined: the project does not exist for this account. */
  roleOf(project: string, userId: string): Promise<Role | undefined>
  members(project: string): Promise<Team['members']>
  /**
   * Gives a member a role, or none. `check` sees the role there was, and throws what keeps it from changing. Throws
   * `last_owner` rather than leave a project that had an owner without one.
   */
  set(
    project: string,
    userId: string,
    role: Role | undefined,
    check?: (before: Role | undefined) => void,
  ): Promise<void>
  /** Whether any project has an owner. While none has, nobody can sign in to any use. */
  hasOwner(): Promise<boolean>
}

export function createTeams(directory: Directory, projects: Projects, { now }: Pick<Deps, 'now'>): Teams {
  const members = async (project: string): Promise<Team['members']> =>
    (await directory.read<Team>(kind, project))?.body.members ?? {}
  return {
    members,
    roleOf: async (project, userId) => {
      const team = await members(project)
      return Object.hasOwn(team, userId) ? team[userId]?.role : undefined
    },
    async set(project, userId, role, check) {
      await change<Team>(directory, { kind, id: project }, (team) => {
        const { [userId]: before, ...others } = team?.members ?? {}
        check?.(before?.role)
        const next = role ? { ...others, [userId]: { role, since: before?.since ?? now() } } : others
        if (before?.role === 'owner' && !hasOwner(next)) throw new ApiError('last_owner')
        if (Object.keys(next).length > maxMembers) throw new ApiError('limit_reached', `It has ${maxMembers} members.`)
        return { members: next }
      })
    },
    async hasOwner() {
      for (const { id } of projects.all()) if (hasOwner(await members(id))) return true
      return false
    },
  }
}

const hasOwner = (members: Team['members']): boolean => Object.values(members).some(({ role }) => role === 'owner')
