import type { BodyKind, JsonObject } from '@trailstitch/protocol'
import type { Process } from '../world/process.ts'
import type { SentEvent } from '../world/record.ts'
import type { World } from '../world/world.ts'

/** Who plays, and how much is left to be played. */
export interface Cast {
  readonly world: World
  readonly collectors: Set<Collector>
  readonly workers: Set<Worker>
  readonly clients: Client[]
  /** How many of a kind there should be; whoever ends is replaced by a new one after a while. */
  readonly wanted: { collectors: number; workers: number }
  /** Events that clients may still make up. */
  eventsLeft: number
  /** Requests whose outcome the one who sent them does not know yet. */
  openRequests: number
}

/** A page, an app or a server that sends events and keeps each until a yes is heard. */
export interface Client {
  project: string
  outbox: Outgoing[]
}

/** An event as a client holds it: what it is known by, and what goes over the wire. */
export interface Outgoing {
  sent: SentEvent
  wire: JsonObject
}

export interface Request {
  project: string
  kind: BodyKind
  body: Buffer
  events: readonly SentEvent[]
  /** Sent by an operator's command. */
  operator?: true
}

export interface Collector {
  readonly process: Process
  /** Resolves with whether it said yes. Of one that dies meanwhile nothing is heard. */
  take(request: Request): Promise<boolean>
  /** Finishes what was taken, then ends. */
  stop(): Promise<void>
}

export interface Worker {
  readonly process: Process
  /** Asks it to finish what it has in hand and end. */
  stop(): void
}
