import { createSender, type Sender, sendOperatorEvent } from '@trailstitch/backends'
import type { DashboardOptions } from './options.ts'

/** What people with the right to it send into the queue, as an operator's commands do. */
export interface Operator {
  /** Resolves once it is durable. Rejects as a sender does. */
  send: (project: string, event: object) => Promise<void>
  /** Waits for what is being sent. */
  close(): Promise<void>
}

/** By a sender that is made at the first use: once one has sent, it tells from time to time that nothing is missing. */
export function createOperator({ queue, overflow, deps }: DashboardOptions): Operator {
  let sender: Sender | undefined
  return {
    send(project, event) {
      sender ??= createSender({ queue, deps, ...(overflow && { overflow }) })
      return sendOperatorEvent(sender, project, event, deps.now())
    },
    close: async () => sender?.close(),
  }
}
