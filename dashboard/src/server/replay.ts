import { type Mending, mendRejected, replayRejected } from '@trailstitch/backends'
import { checkEvent, type ErrorCode, errorTable, type JsonObject, type RejectedEvent } from '@trailstitch/protocol'
import { ApiError } from './errors.ts'
import type { Operator } from './operator.ts'
import type { DashboardOptions } from './options.ts'
import { compact } from './params.ts'

/** Why the collector would not take an event. */
export interface Problem {
  code: ErrorCode
  message: string
}

/** What became of a stretch of the rejected events of one code. */
export interface ReplayedPage {
  sent: number
  /** Sent again before, or no event that can be read. */
  skipped: number
  /** Those that the rules would refuse once more; they stay where they are. */
  refused: number
  nextCursor: string | null
}

export interface Replay {
  /** Throws `unknown_event`. */
  find(project: string, id: string): Promise<RejectedEvent>
  /** Looks whether the mended event would be taken. Throws `not_replayable` where there is no event to mend. */
  check(item: RejectedEvent, mending: Mending): Checked
  /** Resolves with when it was sent, once it is durable. Throws `event_refused` and `queue_unavailable`. */
  send(item: RejectedEvent, mending: Mending): Promise<number>
  /** Looks through the next stretch of the project's rejected events and sends those of the code, mended alike. */
  sendAll(project: string, code: string, set: JsonObject | undefined, cursor: string | undefined): Promise<ReplayedPage>
}

interface Checked {
  event: JsonObject
  problem: Problem | undefined
}

/** Rejected events looked at in one call: each that fits is one send. */
const stretch = 100

/** Sends rejected events again, as an operator's command does: into the queue, and with a mark in the store. */
export function createReplay({ store, deps }: DashboardOptions, { send }: Pick<Operator, 'send'>): Replay {
  const deliver = (item: RejectedEvent, event: JsonObject): Promise<number> =>
    replayRejected(item, event, { send, store, now: deps.now })

  return {
    async find(project, id) {
      const { items } = await store.query({ type: 'rejected', project, id, limit: 1 })
      if (!items[0]) throw new ApiError('unknown_event')
      return items[0]
    },
    check,
    async send(item, mending) {
      const { event, problem } = check(item, mending)
      if (problem) throw new ApiError('event_refused', `${problem.message} (${problem.code})`)
      return deliver(item, event)
    },
    async sendAll(project, code, set, cursor) {
      const page = await store.query(compact({ type: 'rejected' as const, project, limit: stretch, cursor }))
      const counts = { sent: 0, skipped: 0, refused: 0 }
      for (const item of page.items) {
        if (item.code !== code) continue
        const checked = item.replayedAt === undefined ? checkMended(item, { set }) : undefined
        if (!checked) counts.skipped++
        else if (checked.problem) counts.refused++
        else {
          await deliver(item, checked.event)
          counts.sent++
        }
      }
      return { ...counts, nextCursor: page.nextCursor }
    },
  }
}

function check(item: RejectedEvent, mending: Mending): Checked {
  const checked = checkMended(item, mending)
  if (!checked) throw new ApiError('not_replayable')
  return checked
}

function checkMended(item: RejectedEvent, mending: Mending): Checked | undefined {
  const event = mendRejected(item, mending)
  if (!event) return undefined
  const text = JSON.stringify(event)
  const code = checkEvent(event, { escapes: text.includes('\\u'), bytes: Buffer.byteLength(text) })
  return { event: event as JsonObject, problem: code && { code, message: errorTable[code].message } }
}
