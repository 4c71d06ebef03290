import type { FastifyRequest } from 'fastify'
import type { Caller } from './accounts/access.ts'
import type { AuditEntry } from './accounts/audit.ts'
import type { AccountService } from './accounts/service.ts'
import { ApiError } from './errors.ts'
import type { AccountContext, RouteContext } from './routes/context.ts'

/** `settled` waits for what was left for later. */
export function createAccountContext(
  route: RouteContext,
  service: AccountService,
): AccountContext & { noteRead(request: FastifyRequest, action: string): Promise<void>; settled(): Promise<unknown> } {
  const { deps, projects } = route
  const pending = new Set<Promise<void>>()

  const whoIs = async (caller: Caller): Promise<AuditEntry['who']> => {
    if (caller.kind === 'admin-token') return { kind: caller.kind }
    if (caller.kind === 'api-key') return { kind: caller.kind, id: caller.id, name: caller.name }
    const account = await service.accounts.byId(caller.userId)
    return { kind: caller.kind, id: caller.userId, name: account?.email ?? '' }
  }
  const entryOf = async ({ caller, admission, ip }: FastifyRequest, action: string, object: string) => ({
    project: admission.project?.id ?? '*',
    who: await whoIs(caller),
    action,
    object,
    address: ip,
  })

  return {
    ...route,
    service,
    accountOf({ caller }) {
      if (caller.kind !== 'account') throw new ApiError('account_needed')
      return caller
    },
    makerOf: ({ caller }) => whoIs(caller),
    async note(request, action, object, detail) {
      await service.audit.note({ ...(await entryOf(request, action, object)), ...(detail !== undefined && { detail }) })
    },
    nameOf: async (request) => (await whoIs(request.caller)).name ?? 'operator',
    async noteRead(request, action) {
      const { profileId, messageId } = request.params as { profileId?: string; messageId?: string }
      const { search } = request.query as { search?: string }
      await service.audit.noteRead(await entryOf(request, action, profileId ?? messageId ?? search ?? ''))
    },
    async noteOfAccount({ ip }, userId, action, detail, object = userId) {
      const account = await service.accounts.byId(userId)
      const who = { kind: 'account', id: userId, name: account?.email ?? '' }
      const entry = { who, action, object, address: ip, ...(detail !== undefined && { detail }) }
      for (const { id: project } of projects.all())
        if (await service.teams.roleOf(project, userId)) await service.audit.note({ ...entry, project })
    },
    async confirmPassword(userId, password) {
      const account = await service.accounts.byId(userId)
      await service.accounts.checkPassword(account?.email ?? '', password).catch((error: unknown) => {
        throw error instanceof ApiError && error.code === 'wrong_credentials' ? new ApiError('wrong_password') : error
      })
    },
    later(work) {
      const running: Promise<void> = work()
        .catch((error: unknown) => deps.log.error({ err: error }, 'what was left for after an answer failed'))
        .finally(() => pending.delete(running))
      pending.add(running)
    },
    settled: () => Promise.all(pending),
  }
}
