import type { RequestScope } from '../server/types.ts'
import type { Id, Properties } from '../types.ts'

/** Of a request what both kinds of servers have. */
export interface AnyRequest {
  headers: Record<string, string | string[] | undefined>
  /** Address of the person, as far as the server trusts its proxies. */
  ip?: string | undefined
  socket?: { remoteAddress?: string | undefined }
}

export interface RequestContextOptions<Request> {
  /** Who is signed in. Asked with each call made in the request, so what signs in may run later. Default: nobody. */
  userId?: (request: Request) => Id | null | undefined
  /** The visitor. Default: who the browser client says it is, in the cookie `trailstitch_id`. */
  anonymousId?: (request: Request) => Id | null | undefined
  /** More of the context, over what is read from the request: `ip`, `userAgent` and `locale`. */
  context?: (request: Request) => Properties | undefined
}

/** What a request says of the person behind it. */
export function scopeOf<Request extends AnyRequest>(
  request: Request,
  options: RequestContextOptions<Request>,
): RequestScope {
  return {
    get anonymousId() {
      return options.anonymousId ? options.anonymousId(request) : readVisitor(request)
    },
    get userId() {
      return options.userId?.(request)
    },
    get context() {
      const { headers, ip = request.socket?.remoteAddress } = request
      const locale = /^[\w-]+/.exec(String(headers['accept-language'] ?? ''))?.[0]
      return { ip, userAgent: headers['user-agent'], locale, ...options.context?.(request) }
    },
  }
}

const readVisitor = ({ headers }: AnyRequest): string | undefined =>
  /(?:^|;\s*)trailstitch_id=([\w.-]+)/.exec(String(headers.cookie ?? ''))?.[1]
