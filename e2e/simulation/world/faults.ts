import type { Random } from './random.ts'

/** How likely each thing is to go wrong, 0 to 1. */
export interface Faults {
  /** A send: refused; done though the answer says no; the answer never comes; it comes too late; it rejects. */
  sendRefused: number
  sendContradicted: number
  sendUnheard: number
  sendLate: number
  sendRejects: number
  /** What was sent is in the queue twice, or gets there long after the answer. */
  sendDuplicated: number
  sendArrivesLater: number
  /** Another call on the queue: not done and told so; done though the answer says no. */
  queueRefused: number
  queueContradicted: number
  /** The same for blob storage; and a put whose answer never comes. */
  blobRefused: number
  blobContradicted: number
  blobUnheard: number
  /** The same for the store, and a failure inside its transaction or its rules. */
  storeRefused: number
  storeContradicted: number
  storeInside: number
  /** A process dies just before, or just after, what it asked for is done. */
  crash: number
  /** A call takes longer than leases and deadlines. */
  stall: number
  /** A request, or the answer to it, is lost between client and collector. */
  requestLost: number
  answerLost: number
  /** A client sends again what it knows to be taken. */
  resent: number
  /** Bytes that are no chunk turn up in queue and overflow. */
  garbage: number
}

const worst: Faults = {
  sendRefused: 0.3,
  sendContradicted: 0.2,
  sendUnheard: 0.1,
  sendLate: 0.1,
  sendRejects: 0.1,
  sendDuplicated: 0.3,
  sendArrivesLater: 0.2,
  queueRefused: 0.15,
  queueContradicted: 0.15,
  blobRefused: 0.3,
  blobContradicted: 0.2,
  blobUnheard: 0.1,
  storeRefused: 0.15,
  storeContradicted: 0.15,
  storeInside: 0.2,
  crash: 0.04,
  stall: 0.03,
  requestLost: 0.15,
  answerLost: 0.2,
  resent: 0.5,
  garbage: 0.02,
}

const names = Object.keys(worst) as (keyof Faults)[]

export const noFaults: Faults = Object.freeze(Object.fromEntries(names.map((name) => [name, 0])) as unknown as Faults)

/** A mix of its own for each seed: about half of the faults are off, so that none hides what another would show. */
export function drawFaults(random: Random): Faults {
  return Object.fromEntries(
    names.map((name) => [name, random.chance(0.5) ? 0 : random.unit() * worst[name]]),
  ) as unknown as Faults
}
