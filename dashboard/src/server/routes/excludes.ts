import { type Exclude, excludeConditionSchema, projectLimits } from '@trailstitch/protocol'
import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import { editProject } from '../accounts/project-changes.ts'
import { randomText } from '../accounts/secrets.ts'
import * as shapes from '../accounts/shapes.ts'
import { ApiError } from '../errors.ts'
import { projectOf } from '../guard.ts'
import { checkCondition } from '../query-schema.ts'
import * as lists from '../shapes.ts'
import { toIso } from '../wire.ts'
import { type AccountContext, answers } from './context.ts'

const params = Type.Object({ project: shapes.id })
const ruleParams = Type.Object({ project: shapes.id, ruleId: shapes.id })
const newRule = Type.Object({ name: shapes.name, condition: excludeConditionSchema })
const rule = Type.Object({
  id: Type.String(),
  name: Type.String(),
  condition: excludeConditionSchema,
  madeBy: Type.String(),
  madeAt: shapes.time,
})

/** What counts in no report. */
export function registerExcludes(app: FastifyInstance, context: AccountContext): void {
  const { service, deps } = context

  app.get(
    '/projects/:project/excludes',
    {
      schema: {
        operationId: 'listExcludes',
        summary: 'The rules whose events count in no report',
        params,
        response: answers(lists.page(rule), 'All rules'),
      },
    },
    async (request) => ({ items: (projectOf(request).exclude ?? []).map(toRule), nextCursor: null }),
  )

  app.post<{ Body: Static<typeof newRule> }>(
    '/projects/:project/excludes',
    {
      schema: {
        operationId: 'makeExclude',
        summary: 'Let events that meet a condition count in no report, those of the past included',
        params,
        body: newRule,
        response: answers(rule, 'The rule'),
      },
    },
    async (request) => {
      const { name, condition } = request.body
      checkCondition('/condition', condition)
      const madeBy = await context.nameOf(request)
      const made: Exclude = { id: randomText(9), name: name.trim(), condition, madeBy, madeAt: deps.now() }
      await editProject(service.options, projectOf(request), (before) => {
        const { exclude = [] } = before
        if (exclude.length >= projectLimits.maxExcludes)
          throw new ApiError('limit_reached', `It has ${projectLimits.maxExcludes} rules.`)
        return { ...before, exclude: [...exclude, made] }
      })
      const { field, operator, values = [] } = condition
      await context.note(request, 'exclude.made', made.name, `${field} ${operator} ${values.join(', ')}`.trim())
      return toRule(made)
    },
  )

  app.delete<{ Params: Static<typeof ruleParams> }>(
    '/projects/:project/excludes/:ruleId',
    {
      schema: {
        operationId: 'removeExclude',
        summary: 'Let the events of a rule count again',
        params: ruleParams,
        response: answers(shapes.done, 'They do'),
      },
    },
    async (request) => {
      let removed = ''
      await editProject(service.options, projectOf(request), (before) => {
        const found = before.exclude?.find(({ id }) => id === request.params.ruleId)
        if (!found) throw new ApiError('unknown_rule')
        removed = found.name
        return { ...before, exclude: before.exclude?.filter((each) => each !== found) ?? [] }
      })
      await context.note(request, 'exclude.removed', removed)
      return {}
    },
  )
}

const toRule = ({ madeAt, ...rest }: Exclude) => ({ ...rest, madeAt: toIso(madeAt) })
