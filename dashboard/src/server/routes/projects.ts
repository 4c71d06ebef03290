import { originPattern, type Project, projectLimits } from '@trailstitch/protocol'
import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import {
  editProject,
  makeProject,
  type ProjectSettings,
  settingsOf,
  versionOf,
  withSettings,
} from '../accounts/project-changes.ts'
import { randomText } from '../accounts/secrets.ts'
import * as shapes from '../accounts/shapes.ts'
import { ApiError } from '../errors.ts'
import { projectOf } from '../guard.ts'
import { isTimeZone } from '../query-schema.ts'
import { type AccountContext, answers } from './context.ts'

const orNull = <T>(schema: object, description: string) => Type.Unsafe<T | null>({ ...schema, description })

const settings = {
  name: shapes.name,
  timeZone: orNull<string>(
    { type: ['string', 'null'], minLength: 1, maxLength: 64 },
    'IANA name of the zone that reports begin with; null: that of the browser.',
  ),
  retentionDays: orNull<number>(
    { type: ['integer', 'null'], minimum: 1, maximum: 36_500 },
    'How long events are kept; null: for ever. What is older goes with the next round of upkeep, and does not come back.',
  ),
  ipPolicy: Type.Enum(['full', 'truncated', 'none'], { description: 'What is kept of addresses from now on.' }),
  allowedOrigins: Type.Array(Type.String({ maxLength: 300, pattern: originPattern }), {
    maxItems: projectLimits.maxOrigins,
    uniqueItems: true,
    description: 'Sites whose pages may send, such as https://shop.example; empty: all.',
  }),
}
const answer = Type.Object({
  id: Type.String(),
  ...settings,
  version: Type.String({
    description: 'Send it with a change: it is refused if somebody else changed them meanwhile.',
  }),
})

const params = Type.Object({ project: shapes.id })
const newProject = Type.Object({
  id: Type.String({
    pattern: '^[a-z0-9-]{1,64}$',
    description: 'Lower-case letters, digits and dashes; never changes.',
  }),
  name: shapes.name,
})
const change = Type.Object({
  version: Type.String({ maxLength: 64 }),
  ...Type.Partial(Type.Object(settings)).properties,
})

const toAnswer = (project: Project) => ({ id: project.id, ...settingsOf(project), version: versionOf(project) })

export const newWriteKey = (): string => `wk_${randomText(18)}`

export function registerProjects(app: FastifyInstance, context: AccountContext): void {
  const { service, projects } = context

  app.post<{ Body: Static<typeof newProject> }>(
    '/projects',
    {
      schema: {
        operationId: 'makeProject',
        summary: 'Make a project, with a write key; who makes it with an account becomes its owner',
        body: newProject,
        response: answers(answer, 'The project'),
      },
    },
    async (request) => {
      const { id, name } = request.body
      const project: Project = { id, name: name.trim(), writeKeys: [newWriteKey()] }
      await makeProject(service.options, projects, project)
      const { caller } = request
      if (caller.kind === 'account') await service.teams.set(id, caller.userId, 'owner')
      request.admission = { project }
      await context.note(request, 'project.made', id, project.name)
      return toAnswer(project)
    },
  )

  app.get(
    '/projects/:project',
    {
      schema: {
        operationId: 'getProject',
        summary: 'The settings of the project',
        params,
        response: answers(answer, 'The settings'),
      },
    },
    async (request) => toAnswer(projectOf(request)),
  )

  registerChange(app, context)
}

function registerChange(app: FastifyInstance, context: AccountContext): void {
  app.patch<{ Body: Static<typeof change> }>(
    '/projects/:project',
    {
      schema: {
        operationId: 'changeProject',
        summary: 'Change settings of the project, from the version that was seen; what is left out stays',
        params,
        body: change,
        response: answers(answer, 'The settings as they are now'),
      },
    },
    async (request) => {
      const { version, ...given } = request.body
      if (typeof given.timeZone === 'string' && !isTimeZone(given.timeZone))
        throw new ApiError('invalid_request', '"timeZone" must be an IANA name, such as Europe/Vienna.')
      let said = ''
      const project = await editProject(context.service.options, projectOf(request), (before) => {
        if (versionOf(before) !== version) throw new ApiError('changed_meanwhile')
        const old = settingsOf(before)
        const next: ProjectSettings = { ...old, ...pick(given) }
        said = describeChange(old, next)
        return withSettings(before, next)
      })
      if (said !== '') await context.note(request, 'project.changed', project.id, said)
      return toAnswer(project)
    },
  )
}

const names = Object.keys(settings) as (keyof ProjectSettings)[]

/** Those settings that were given: bodies may hold more. */
const pick = (given: Partial<ProjectSettings>): Partial<ProjectSettings> =>
  Object.fromEntries(names.flatMap((name) => (given[name] === undefined ? [] : [[name, given[name]]])))

/** `name: "Shop" to "Store"; retentionDays: null to 90`. */
const describeChange = (old: ProjectSettings, next: ProjectSettings): string =>
  names
    .map((name) => [name, JSON.stringify(old[name]), JSON.stringify(next[name])] as const)
    .filter(([, before, after]) => before !== after)
    .map(([name, before, after]) => `${name}: ${before} to ${after}`)
    .join('; ')
