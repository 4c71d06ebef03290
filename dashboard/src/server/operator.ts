import { createSender, type Sender, sendOperatorEvent } from '@trailstitch/backends'
import type { DashboardOptions } from './options.ts'

/** What people with the right to it send into the queue, as an operator's commands do. */
export interface Operator {
  /** Resolves once it is durable. Rejects as a sender does. */
  send: (project: string, event: object) => Promise<void>
  /** The same for events as a collector takes them. */
  sendBatch: (project: string, events: readonly object[]) => Promise<void>
  /** Waits for what is being sent. */
  close(): Promise<void>
}

/** By a sender that is made at the first use: once one has sent, it tells from time to time that nothing is missing. */
export function createOperator({ queue, overflow, deps }: DashboardOptions): Operator {
  let made: Sender | undefined
  const sender = (): Sender => {
    made ??= createSender({ queue, deps, ...(overflow && { overflow }) })
    return made
  }
  return {
    send: (project, event) => sendOperatorEvent(sender(), project, event, deps.now()),
    async sendBatch(project, events) {
      const part = {
        project,
        kind: 'batch',
        receivedAt: deps.now(),
        encoding: 'identity',
        events: events.length,
      } as const
      await sender().send(part, Buffer.from(JSON.stringify({ batch: events })))
    },
    close: async () => made?.close(),
  }
}
