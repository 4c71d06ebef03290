import { addProject, changeProject, readRemoval } from '@trailstitch/backends'
import type { Project, Projects } from '@trailstitch/protocol'
import { ApiError } from '../errors.ts'
import { digest } from './secrets.ts'
import type { AccountsOptions } from './service.ts'

const maxProjects = 500

type Where = Pick<AccountsOptions, 'directory' | 'refreshProjects'>

/** What can be set of a project, with its defaults; null: none. */
export interface ProjectSettings {
  name: string
  timeZone: string | null
  /** Null: for ever. */
  retentionDays: number | null
  ipPolicy: NonNullable<Project['ipPolicy']>
  /** Empty: all. */
  allowedOrigins: string[]
}

export const settingsOf = (project: Project): ProjectSettings => ({
  name: project.name,
  timeZone: project.timeZone ?? null,
  retentionDays: project.retentionDays ?? null,
  ipPolicy: project.ipPolicy ?? 'truncated',
  allowedOrigins: project.allowedOrigins ?? [],
})

/** Another text whenever any of the settings is another. Keys and rules have no part in it. */
export const versionOf = (project: Project): string => digest(JSON.stringify(settingsOf(project))).slice(0, 22)

/** The project with these settings. What is at its default is not written down. */
export function withSettings(project: Project, settings: ProjectSettings): Project {
  const { timeZone: _zone, retentionDays: _days, ipPolicy: _policy, allowedOrigins: _origins, ...rest } = project
  const { name, timeZone, retentionDays, ipPolicy, allowedOrigins } = settings
  return {
    ...rest,
    name,
    ...(timeZone !== null && { timeZone }),
    ...(retentionDays !== null && { retentionDays }),
    ...(ipPolicy !== 'truncated' && { ipPolicy }),
    ...(allowedOrigins.length > 0 && { allowedOrigins }),
  }
}

/** Throws `project_exists`, `project_removed`, and `limit_reached` past 500 projects. */
export async function makeProject({ directory, refreshProjects }: Where, projects: Projects, made: Project) {
  if (projects.all().length >= maxProjects)
    throw new ApiError('limit_reached', `The server has ${maxProjects} projects.`)
  if (await readRemoval(directory, made.id)) throw new ApiError('project_removed')
  if (projects.byId(made.id) || !(await addProject(directory, made))) throw new ApiError('project_exists')
  await refreshProjects()
}

/** Changes a project from what it is by then, and makes that count. What `change` throws leaves it as it was. */
export async function editProject(
  { directory, refreshProjects }: Where,
  project: Project,
  change: (before: Project) => Project,
): Promise<Project> {
  const after = await changeProject(directory, project.id, project, change)
  if (!after) throw new ApiError('unknown_project')
  await refreshProjects()
  return after
}
