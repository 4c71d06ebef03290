import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { createDemo } from '../demo.ts'
import type { Operator } from '../operator.ts'
import { type AccountContext, answers } from './context.ts'

const demo = Type.Object({
  isOffered: Type.Boolean({ description: 'This server can make demo data.' }),
  project: Type.Unsafe<string | null>({ type: ['string', 'null'], description: 'Its project, where there is one.' }),
  events: Type.Integer({ description: 'Events that were made up.' }),
  stored: Type.Integer({ description: 'How many of them can be looked at by now.' }),
})

/** Made-up events to look around with, in a project of their own. */
export function registerDemo(app: FastifyInstance, context: AccountContext, operator: Operator): void {
  const { isOffered, read, make } = createDemo(context, operator)

  app.get(
    '/demo',
    {
      schema: {
        operationId: 'getDemo',
        summary: 'Whether there is demo data, and how far it is stored',
        response: answers(demo, 'As it stands'),
      },
    },
    async () => {
      const standing = await read()
      if (!standing) return { isOffered, project: null, events: 0, stored: 0 }
      return { isOffered, project: standing.project.id, events: standing.events, stored: standing.stored }
    },
  )

  app.post(
    '/demo',
    {
      schema: {
        operationId: 'makeDemo',
        summary: 'Make a project with two weeks of made-up events; there is one at a time, and a second call finds it',
        description: 'Who calls it with an account becomes an owner of it. DELETE /projects/{project} removes it.',
        response: answers(Type.Object({ project: Type.String() }), 'Its events are durable and being stored'),
      },
    },
    async (request) => {
      const project = await make()
      const { caller } = request
      const isNew = caller.kind !== 'account' || !(await context.service.teams.roleOf(project.id, caller.userId))
      if (isNew && caller.kind === 'account') await context.service.teams.set(project.id, caller.userId, 'owner')
      request.admission = { project }
      if (isNew) await context.note(request, 'demo.made', project.id, project.name)
      return { project: project.id }
    },
  )
}
