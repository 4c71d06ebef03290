import type { Deps, Directory } from '@trailstitch/backends'
import type { Projects } from '@trailstitch/protocol'
import { createLinks } from './links.ts'
import { createTeams } from './teams.ts'

const lifeMs = 24 * 3_600_000
/** All set-up links have it: a new one makes the ones before it useless. */
const mark = ['all', 'yes'] as const

/** Whether no project has an owner yet, so that somebody has to be let in by a link. */
export const needsSetup = async (directory: Directory, projects: Projects, deps: Deps): Promise<boolean> =>
  !(await createTeams(directory, projects, deps).hasOwner())

/** A link that makes whoever opens it an owner of every project: once, within 24 hours. Earlier ones stop working. */
export async function makeSetupLink(directory: Directory, baseUrl: string, deps: Deps): Promise<string> {
  const links = createLinks(directory, deps)
  await links.dropAll('setup', mark)
  const token = await links.make('setup', {}, { lifeMs, keys: { [mark[0]]: mark[1] } })
  return `${baseUrl}/setup#token=${token}`
}
