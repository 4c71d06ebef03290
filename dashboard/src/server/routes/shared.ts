import type { FastifyInstance, FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import { digest } from '../accounts/secrets.ts'
import * as shapes from '../accounts/shapes.ts'
import type { Limit } from '../accounts/throttle.ts'
import { ApiError } from '../errors.ts'
import { compact } from '../params.ts'
import type { CachedOverview } from '../query-service.ts'
import type { Share } from '../saved/documents.ts'
import { demandGranted, openQuery } from '../saved/scope.ts'
import * as saved from '../saved/shapes.ts'
import { answerShape } from '../shapes.ts'
import { toIso, toOverview } from '../wire.ts'
import { limitAddress } from './auth.ts'
import { type AccountContext, answers } from './context.ts'
import { signalOfEnd } from './query.ts'

const minuteMs = 60_000
const tokenMs = 60 * minuteMs
/** Tries of a link's password. The right one forgets them. */
export const sharePasswordLimits: readonly (Limit & { name: string })[] = [
  { name: 'share', max: 10, windowMs: 15 * minuteMs },
  { name: 'share-day', max: 50, windowMs: 24 * 60 * minuteMs },
]
/** Questions of all visitors of a link together. */
export const askedLimit: Limit = { max: 600, windowMs: minuteMs }

const openBody = Type.Object({ token: shapes.token, password: Type.Optional(shapes.password) })

/** What whoever has a link may do: open it, and ask what its report asks. Nothing else takes the token it gives. */
export function registerShared(app: FastifyInstance, context: AccountContext): void {
  const { service, deps, queries } = context

  const { find, checkPassword, noteOpened } = createVisits(context)

  app.post<{ Body: Static<typeof openBody> }>(
    '/shared/open',
    {
      schema: {
        operationId: 'openShared',
        summary: 'Open a link to a report: what it shows, and a token to ask for that alone',
        body: openBody,
        response: answers(saved.shared, 'The report'),
      },
    },
    async (request) => {
      await limitAddress(context, request)
      const { id, share, project } = await find(digest(request.body.token))
      await checkPassword(id, share, request.body.password)
      await noteOpened(request, id, share)
      const expiresAt = Math.min(deps.now() + tokenMs, share.expiresAt)
      const accessToken = await service.scopedTokens.sign('shared', id, expiresAt)
      const { name, description, page, search, range, queries } = share
      const sums = queries.some(({ type }) => type === 'overview')
      const rules = (project.exclude ?? []).length > 0
      const shown = { name, description, page, search, range, sums, rules, project: project.name }
      return { ...shown, accessToken, expiresAt: toIso(expiresAt) }
    },
  )

  app.post(
    '/shared/query',
    {
      bodyLimit: 64 * 1024,
      // The body is checked by demandGranted, whose messages say what is wrong.
      validatorCompiler: () => () => true,
      schema: {
        operationId: 'queryShared',
        summary: 'One of the questions of the report that was opened; needs the token of the link',
        body: openQuery,
        response: answers(answerShape, 'The answer; its form is that of the type'),
      },
    },
    async (request, reply) => {
      const { id, share } = await find(await service.scopedTokens.read('shared', request.headers.authorization))
      await service.throttle.take(`shared:${id}`, askedLimit, 'rate_limited')
      const query = demandGranted(request.body, { ...share, isMovable: share.range === 'movable' })
      const { answer } = await queries.ask(compact(query), signalOfEnd(reply))
      return query.type === 'overview' ? toOverview(share.project, answer as CachedOverview) : answer
    },
  )
}

/** Links as their visitors come with them. */
function createVisits({ service, projects }: AccountContext) {
  const { shares } = service.saved
  /** Throws `password_needed`, `wrong_password`, `locked`. */
  const checkPassword = async (id: string, { password: hash }: Share, given: string | undefined): Promise<void> => {
    if (hash === undefined) return
    if (given === undefined) throw new ApiError('password_needed')
    for (const limit of sharePasswordLimits) await service.throttle.take(`${limit.name}:${id}`, limit, 'locked')
    if (!(await service.passwords.verify(hash, given))) throw new ApiError('wrong_password')
    for (const limit of sharePasswordLimits) await service.throttle.clear(`${limit.name}:${id}`)
  }
  /** Throws `unknown_link`. */
  const find = async (id: string | undefined) => {
    const share = id === undefined ? undefined : await shares.find(id)
    const project = share && projects.byId(share.project)
    if (id === undefined || !share || !project) throw new ApiError('unknown_link')
    return { id, share, project }
  }
  const noteOpened = ({ ip }: FastifyRequest, id: string, { project, name }: Share): Promise<void> =>
    service.audit.noteRead({
      project,
      who: { kind: 'share', id, name },
      action: 'share.opened',
      object: id,
      address: ip,
    })
  return { find, checkPassword, noteOpened }
}
