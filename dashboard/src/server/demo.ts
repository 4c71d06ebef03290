import { newDocument, readRemoval } from '@trailstitch/backends'
import type { Project } from '@trailstitch/protocol'
import { makeProject } from './accounts/project-changes.ts'
import { randomText } from './accounts/secrets.ts'
import { ApiError } from './errors.ts'
import type { Operator } from './operator.ts'
import type { DemoEvents } from './options.ts'
import type { AccountContext } from './routes/context.ts'
import { newWriteKey } from './routes/projects.ts'

/** The demo project there is, in the directory under one name: so there is one at a time. */
interface DemoDocument {
  project: string
  /** When its events end, ms. */
  endAt: number
  /** How many there are. */
  events: number
  /** All of them are durable. */
  isSent: boolean
}

export interface DemoStanding {
  project: Project
  /** What was made, and what of it shows in figures. */
  events: number
  stored: number
}

export interface Demo {
  isOffered: boolean
  /** Undefined: there is none. */
  read(): Promise<DemoStanding | undefined>
  /**
   * Makes the project and its events, which are durable when it resolves, or finishes what was cut off; where there is one,
   * that is it. Throws `demo_unavailable`, and `queue_unavailable`.
   */
  make(): Promise<Project>
}

const [kind, name] = ['demo', 'current']
/** More than the time that demo data is about. */
const longestMs = 90 * 86_400_000
/** Events a request. */
const batchEvents = 200
const maxTries = 8

export function createDemo(context: AccountContext, { sendBatch }: Pick<Operator, 'sendBatch'>): Demo {
  const { projects, store, deps, demo: makeEvents } = context
  const { directory, refreshProjects } = context.service.options

  /** The document of the project that is there, or of a new one. */
  const claim = async (eventsOf: DemoEvents): Promise<DemoDocument> => {
    for (let left = maxTries; left > 0; left--) {
      const known = await directory.read<DemoDocument>(kind, name)
      if (known && !(await readRemoval(directory, known.body.project))) return known.body
      const project = `demo-${randomText(6)
        .toLowerCase()
        .replaceAll(/[^a-z0-9]/g, '0')}`
      const endAt = deps.now()
      const events = eventsOf({ seed: project, endAt }).length
      const body: DemoDocument = { project, endAt, events, isSent: false }
      const expected = known?.version ?? newDocument
      if (await directory.write(kind, name, body, { expected })) return body
    }
    throw new ApiError('conflict')
  }
  const noteSent = async (body: DemoDocument): Promise<void> => {
    const known = await directory.read<DemoDocument>(kind, name)
    if (known?.body.project !== body.project) return
    await directory.write(kind, name, { ...body, isSent: true }, { expected: known.version })
  }

  return {
    isOffered: makeEvents !== undefined,
    async read() {
      const known = await directory.read<DemoDocument>(kind, name)
      const project = known && projects.byId(known.body.project)
      if (!project) return undefined
      const { events, endAt } = known.body
      const range = { project: project.id, from: endAt - longestMs, to: endAt }
      const { totals, botEvents } = await store.query({ type: 'overview', ...range, top: 1 })
      return { project, events, stored: Math.min(totals.events + botEvents, events) }
    },
    async make() {
      if (!makeEvents) throw new ApiError('demo_unavailable')
      const body = await claim(makeEvents)
      const { project: id, endAt, isSent } = body
      if (!projects.byId(id)) {
        const made: Project = { id, name: 'Demo data', writeKeys: [newWriteKey()], isDemo: true }
        await makeProject(context.service.options, projects, made).catch(async (error: unknown) => {
          // Another one was faster.
          if (!(error instanceof ApiError && error.code === 'project_exists')) throw error
          await refreshProjects()
        })
      }
      if (!isSent) {
        const events = makeEvents({ seed: id, endAt })
        for (let start = 0; start < events.length; start += batchEvents)
          await sendBatch(id, events.slice(start, start + batchEvents))
        await noteSent(body)
      }
      const project = projects.byId(id)
      if (!project) throw new ApiError('conflict') // it was removed meanwhile
      return project
    },
  }
}
