import type { SentEvent } from '../world/record.ts'
import type { Checker } from './checker.ts'
import { numberOf, readRejected, readStored } from './read-stored.ts'

/**
 * Every event that was acknowledged is stored exactly once, or set aside if the collector refused it; nothing is stored
 * twice and nothing that nobody sent. Where an event has no messageId, each request that carried it may be stored once.
 */
export const exactlyOnce: Checker = {
  name: 'acknowledged is stored exactly once',
  async check({ record, stores }) {
    const stored = Map.groupBy(await readStored(stores.main), numberOf)
    const rejected = new Set((await readRejected(stores.main)).map(({ body }) => numberOf(JSON.parse(body))))
    for (const [n, events] of stored) {
      const sent = record.events[n]
      const [event] = events
      if (!sent || !event) return `event ${n} is stored and was never sent`
      if (event.project !== sent.project || (sent.messageId ?? event.messageId) !== event.messageId)
        return `event ${n} was sent as ${sent.project}/${sent.messageId} and is stored as ${event.project}/${event.messageId}`
    }
    for (const sent of record.events) {
      const problem = problemOf(sent, stored.get(sent.n)?.length ?? 0, rejected.has(sent.n))
      if (problem) return `event ${sent.n} (${sent.project}/${sent.messageId}) ${problem}`
    }
    return undefined
  },
}

function problemOf(sent: SentEvent, times: number, isRejected: boolean): string | undefined {
  if (sent.isInvalid) {
    if (times > 0) return 'should be refused and is stored'
    return sent.isAcked && !isRejected ? 'was refused and is not set aside' : undefined
  }
  if (isRejected) return 'is valid and was set aside'
  if (sent.isAcked && times === 0) return 'was acknowledged and is not stored'
  const most = sent.messageId === undefined ? sent.attempts : 1
  return times > most ? `is stored ${times} times` : undefined
}
