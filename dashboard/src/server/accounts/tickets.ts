import type { Deps } from '@trailstitch/backends'
import type { Secrets } from './secrets.ts'

/** What a browser keeps for us for a while without being able to read or change it. */
export interface Tickets<Body extends object> {
  seal(body: Body): string
  /** Undefined for what is over, or was not sealed here for this purpose. */
  open(sealed: string): Body | undefined
  lifeMs: number
}

export function createTickets<Body extends object>(
  secrets: Secrets,
  { now }: Pick<Deps, 'now'>,
  { purpose, lifeMs }: { purpose: string; lifeMs: number },
): Tickets<Body> {
  return {
    lifeMs,
    seal: (body) => secrets.seal(purpose, JSON.stringify({ body, endsAt: now() + lifeMs })),
    open(sealed) {
      const text = secrets.open(purpose, sealed)
      if (text === undefined) return undefined
      const { body, endsAt } = JSON.parse(text) as { body: Body; endsAt: number }
      return now() < endsAt ? body : undefined
    },
  }
}
