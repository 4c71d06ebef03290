import { createProjects, type LiveProjects, type Project } from '@trailstitch/protocol'
import type { Deps } from '../deps.ts'
import { type Directory, newDocument } from './port.ts'

// Projects may lie in the directory, as a whole, and count before those that the configuration names. Every service follows
// them.

const kind = 'project'
const everyMs = 5_000
/** Where a project lies in the directory. */
export const addressOf = (id: string): [kind: string, id: string] => [kind, id]
/** Two people may change a project at once; the second one's change is then made to what the first one left. */
const maxTries = 20

export async function readProjects(directory: Pick<Directory, 'list'>): Promise<Project[]> {
  const projects: Project[] = []
  for (let after: string | undefined; ; ) {
    const page = await directory.list<Project>(kind, { limit: 1_000, ...(after !== undefined && { after }) })
    projects.push(...page.items.map(({ body }) => body))
    if (page.nextCursor === null) return projects
    after = page.nextCursor
  }
}

/** Those of the configuration as they are by now, in their order, and then all others. */
export function mergeProjects(configured: readonly Project[], made: readonly Project[]): Project[] {
  const byId = new Map(made.map((project) => [project.id, project]))
  const known = new Set(configured.map(({ id }) => id))
  return [...configured.map((project) => byId.get(project.id) ?? project), ...made.filter(({ id }) => !known.has(id))]
}

/** False: there is one of that id. */
export const addProject = async (directory: Pick<Directory, 'write'>, project: Project): Promise<boolean> =>
  (await directory.write(kind, project.id, project, { expected: newDocument })) !== undefined

/**
 * Changes a project, and resolves with what it became; `configured` is what it was before anybody changed it. Undefined:
 * there is none. What `change` throws leaves it as it was.
 */
export async function changeProject(
  directory: Pick<Directory, 'read' | 'write'>,
  id: string,
  configured: Project | undefined,
  change: (project: Project) => Project,
): Promise<Project | undefined> {
  for (let left = maxTries; left > 0; left--) {
    const known = await directory.read<Project>(kind, id)
    const before = known?.body ?? configured
    if (!before) return undefined
    const after = change(before)
    if (await directory.write(kind, id, after, { expected: known?.version ?? newDocument })) return after
  }
  throw new Error(`project ${id} is being changed all the time`)
}

export interface FollowedProjects {
  projects: LiveProjects
  /** Looks at once, for whoever has changed one. While the directory cannot be reached, nothing changes. */
  refresh(): Promise<void>
  stop(): void
}

/**
 * The projects as they are now and as they become, within 5 s. While the directory cannot be reached those known last
 * count; at the start, those of the configuration. `onChange` hears of each change.
 */
export async function followProjects(
  configured: readonly Project[],
  directory: Pick<Directory, 'list'>,
  { log }: Pick<Deps, 'log'>,
  onChange: (list: readonly Project[]) => void = () => {},
): Promise<FollowedProjects> {
  const projects = createProjects(configured)
  let text = JSON.stringify(configured)
  let isAway = false
  let timer: NodeJS.Timeout | undefined
  const look = async (): Promise<void> => {
    const list = mergeProjects(configured, await readProjects(directory))
    isAway = false
    const found = JSON.stringify(list)
    if (found === text) return
    text = found
    projects.replace(list)
    onChange(list)
  }
  const refresh = async (): Promise<void> => {
    try {
      await look()
    } catch (error) {
      if (!isAway)
        log.warn({ error: (error as Error).message }, 'the projects cannot be read; those known before count')
      isAway = true
    }
  }
  // One after the other: a look that began earlier must not end later, with what was there before.
  let last: Promise<void> = Promise.resolve()
  const next = (): Promise<void> => {
    last = last.then(refresh)
    return last
  }
  const again = async (): Promise<void> => {
    await next()
    if (timer) timer.refresh()
  }
  await next()
  timer = setTimeout(() => void again(), everyMs).unref()
  return {
    projects,
    refresh: next,
    stop() {
      clearTimeout(timer)
      timer = undefined
    },
  }
}
