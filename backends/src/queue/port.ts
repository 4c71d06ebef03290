import type { Diagnosis } from '../diagnosis.ts'

/**
 * The queue port. A message is opaque bytes, delivered at least once.
 *
 * A message is *waiting* until a consumer receives it; then it is *leased* to that consumer. The consumer acks it (gone),
 * nacks it (waiting again after a delay), extends the lease, or does nothing: when the lease runs out the message is
 * waiting again. A message received `maxReceives` times without an ack is moved to the dead letters instead of being
 * delivered once more; it stays there until it is redriven (waiting again, its count of receives starting at 0).
 */

/** Where a sent message ended. `error` is set when `ok` is false: the message is not, or not surely, in the queue. */
export interface SendOutcome {
  ok: boolean
  error?: Error
}

export interface Delivery {
  /** Names this delivery; a later delivery of the same message has another one. */
  receipt: string
  body: Uint8Array
  /** How often the message has been received, this time included. */
  receives: number
  /** When it was sent, ms since 1970. */
  sentAt: number
}

export interface ReceiveOptions {
  /** Messages at most. */
  max: number
  /** How long to wait for the first message. 0 answers at once. A hosted queue may round it down to whole seconds. */
  waitMs: number
  /** How long the messages are the consumer's own. A hosted queue may round it up to whole seconds. */
  leaseMs: number
  /** Ends the wait: the receive resolves with none, or with what had been leased by then. */
  signal?: AbortSignal
}

export interface ListedMessage {
  /** Names the message until it is acked; give it to {@link Queue.redrive}. */
  id: string
  body: Uint8Array
  receives: number
  sentAt: number
}

export interface QueueDepth {
  /** Ready or delayed. */
  waiting: number
  leased: number
  dead: number
  /** Age in ms of the oldest message that is waiting or leased; 0 when there is none, null where the queue does not tell. */
  oldestAgeMs: number | null
}

/** What differs between queues, as data. */
export interface QueueTraits {
  /** The largest body that {@link Queue.send} takes. */
  maxMessageBytes: number
  /** Whether `list('pending')` can look at messages without receiving them. Where not, it rejects with `unsupported`. */
  listsPending: boolean
  /**
   * Where calls are paid for, how long it pays to wait for more, ms: before a message that is not full is sent, and from one
   * receive that brought little to the next. Absent: not at all.
   */
  gatherMs?: { send: number; receive: number }
}

export interface Queue {
  readonly traits: QueueTraits
  /**
   * Resolves when the outcome of each message is known, in the order given. `ok` means durable: the message survives a
   * kill -9 and a power cut from here on. Concurrent calls share the cost of a commit. Never rejects for a message's sake.
   */
  send(bodies: readonly Uint8Array[]): Promise<SendOutcome[]>
  /** Resolves with 1 to `max` messages, or none once `waitMs` is over or the queue is closed. Oldest first as a rule, not a promise. */
  receive(options: ReceiveOptions): Promise<Delivery[]>
  /** Forgets delivered messages for good. A receipt whose lease has passed to somebody else is ignored. */
  ack(receipts: readonly string[]): Promise<void>
  /** Gives messages back; they are waiting again after `delayMs`. */
  nack(receipts: readonly string[], delayMs: number): Promise<void>
  /** Sets the end of the lease to `leaseMs` from now. */
  extend(receipts: readonly string[], leaseMs: number): Promise<void>
  /**
   * Messages of a state, oldest first, without receiving them. A consistent reading of one moment. A hosted queue may
   * give dead letters in any order and leave out those that somebody else is looking at; see {@link QueueTraits}, too.
   */
  list(
    state: 'pending' | 'dead',
    options: { limit: number; cursor?: string },
  ): Promise<{ items: ListedMessage[]; nextCursor: string | null }>
  /** Dead letters back to waiting: those named, or all. Resolves with how many. */
  redrive(ids?: readonly string[]): Promise<number>
  depth(): Promise<QueueDepth>
  /** Writes over what is left of messages that are gone; for queues in a file. A queue of over 256 MiB is left as it is. */
  scrub?(): Promise<void>
  /** How the service behind the queue is; for queues that have one. Changes nothing in it. */
  diagnose?(): Promise<Diagnosis[]>
  /** Resolves when nothing of this handle runs any more. Waiting receives resolve with none. Idempotent. */
  close(): Promise<void>
}

/** A queue's messages are chunks, and no chunk is larger than this: 1 MiB, the most that hosted queues take. */
export const maxChunkBytes = 1024 * 1024

export interface QueueOptions {
  /** Receives of one message before it is dead. Default 5. A hosted queue goes by a policy of its own. */
  maxReceives?: number
  /** Blob storage for chunks that are too large for a message, where messages hold less than a chunk. Default: none. */
  spillUrl?: string
}
