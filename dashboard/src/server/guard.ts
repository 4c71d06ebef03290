import type { Project } from '@trailstitch/protocol'
import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify'
import type { Access, Admission, Caller } from './accounts/access.ts'
import type { Role } from './accounts/documents.ts'
import { type Permission, permissions } from './accounts/permissions.ts'
import { ApiError } from './errors.ts'
import type { Timer } from './options.ts'

/** How often it is looked whether a stream may go on. */
export const recheckMs = 15_000

/** Looked up once a route; a route that is not in the table does not start. */
function permissionOf(method: string, path: string): Permission {
  const name = `${method === 'HEAD' ? 'GET' : method} ${path}`
  const permission = Object.hasOwn(permissions, name) ? permissions[name] : undefined
  if (!permission) throw new ApiError('invalid_options', `The route ${name} is not in the table of permissions.`)
  return permission
}

/** The project of a request. Throws `unknown_project` where it is of all. */
export function projectOf({ admission }: FastifyRequest): Project {
  if (!admission.project) throw new ApiError('unknown_project')
  return admission.project
}

/** What the caller is in the project. */
export function roleOf({ admission }: FastifyRequest): Role {
  if (!admission.role) throw new ApiError('forbidden')
  return admission.role
}

/**
 * Lets nobody past who may not call a route: who it is before anything is read, what they may before anything is checked.
 * `onRead` is told of reads of people's data before they happen.
 */
export function guard(
  api: FastifyInstance,
  access: Access,
  onRead: (request: FastifyRequest, action: string) => Promise<void>,
): void {
  api.decorateRequest('caller')
  api.decorateRequest('admission')
  api.addHook('onRoute', (route: RouteOptions & { routePath: string }) => {
    const [permission] = [route.method].flat().map((method) => permissionOf(method, route.routePath))
    route.config = { ...route.config, ...(permission && { permission }) }
  })
  api.addHook('onRequest', async (request) => {
    const { permission } = request.routeOptions.config
    // What is not there is told to those alone who may know what is.
    if (permission?.needs !== 'public') request.caller = await access.identify(request.headers.authorization)
  })
  api.addHook('preValidation', async (request) => {
    const { permission } = request.routeOptions.config
    if (permission) request.admission = await access.admit(request.caller, permission, projectIdOf(request))
  })
  api.addHook('preHandler', async (request) => {
    const { permission } = request.routeOptions.config
    const reads = typeof permission?.reads === 'function' ? permission.reads(request.body) : permission?.reads
    if (reads) await onRead(request, reads)
  })
}

/**
 * What the request names, wherever it does. Throws `invalid_request` when it names several: one could be asked about and
 * another one answered.
 */
function projectIdOf({ params, query, body }: FastifyRequest): string | undefined {
  const named = [params, query, body].flatMap((place) => {
    const project = (place as { project?: unknown } | null | undefined)?.project
    return typeof project === 'string' ? [project] : []
  })
  if (new Set(named).size > 1) throw new ApiError('invalid_request', 'It names several projects.')
  return named[0]
}

/** Calls `end` when the caller's right to a stream is over: a token's time, a session, a membership, a key. */
export function watchAdmission(
  { access, timer, now }: { access: Access; timer: Timer; now(): number },
  request: FastifyRequest,
  end: () => void,
): () => void {
  const { caller, admission } = request
  const { permission } = request.routeOptions.config
  if (caller.kind === 'admin-token' || !permission) return () => {}
  let cancel = (): void => {}
  let isOver = false
  const wait = (): void => {
    const leftMs = caller.kind === 'account' ? Math.max(0, caller.expiresAt - now()) : recheckMs
    cancel = timer.after(Math.min(recheckMs, leftMs), () => void look())
  }
  const look = async (): Promise<void> => {
    try {
      const again = await access.identify(request.headers.authorization)
      await access.admit(again, permission, admission.project?.id)
      if (!isOver) wait()
    } catch {
      if (!isOver) end()
    }
  }
  wait()
  return () => {
    isOver = true
    cancel()
  }
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Who calls; not there on public routes. */
    caller: Caller
    admission: Admission
  }
  interface FastifyContextConfig {
    permission?: Permission
  }
}
