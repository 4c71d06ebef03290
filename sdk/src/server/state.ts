import { safely } from '../lib/safely.ts'
import type { DropReason, OnDrop } from '../types.ts'
import type { Segment } from './segment.ts'

/** What comes from outside, so that tests can hold the clock and play the network. */
export interface SenderDeps {
  now(): number
  /** From 0 up to 1. */
  random(): number
  setTimer(run: () => void, ms: number): unknown
  clearTimer(timer: unknown): void
  fetch(url: string, init: RequestInit): Promise<Response>
  /** Undefined where the platform has none. */
  gzip(data: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> | undefined
}

/** Files for events that do not fit in memory. Nothing here ever rejects. */
export interface SpillFolder {
  /** Files that wait, oldest first: of this process, of others that are running, and of those that ended. */
  list(): Promise<{ name: string /** Until then another process is at it. */; notBefore: number }[]>
  /** Answers the name of the new file, which survives a crash from then on; undefined where disk or limit forbid it. */
  write(events: Uint8Array): Promise<string | undefined>
  /** Reads a file and keeps other processes from doing the same for a while. Undefined when it is gone. */
  take(name: string): Promise<{ name: string; events: Uint8Array; writtenAt: number } | undefined>
  /** Lets any process take the file again. Answers its new name. */
  giveBack(name: string): Promise<string>
  replace(name: string, events: Uint8Array): Promise<void>
  remove(name: string): Promise<void>
}

/** All that a client knows, see sender.ts. */
export interface Sender {
  readonly deps: SenderDeps
  readonly url: string
  /** The end of a body up to the time it is sent, and the bytes to keep free for all of it. */
  readonly ending: string
  readonly room: number
  readonly flushAt: number
  readonly flushIntervalMs: number
  readonly maxQueueBytes: number
  readonly requestTimeoutMs: number
  readonly maxRequests: number
  readonly onDrop: OnDrop
  readonly dropped: Map<DropReason, number>
  readonly folder: SpillFolder | undefined
  /** Takes events. */
  open: Segment | undefined
  /** To be sent, oldest first. */
  queue: Segment[]
  readonly attempts: Set<Attempt>
  /** Every segment that is not settled, wherever it is. */
  readonly live: Set<Segment>
  /** Bytes of events in memory. */
  queueBytes: number
  /** Events that were ever taken. */
  accepted: number
  readonly waiters: Set<Waiter>
  /** How often waiters look by themselves. */
  readonly tickMs: number | undefined
  /** Requests allowed at a time just now. */
  allowed: number
  /** Failures in a row, and their count ever: what began before the last one does not count again. */
  failures: number
  round: number
  pauseUntil: number
  /** The server's word: before this nothing is sent, whatever the haste. */
  blockedUntil: number
  isScheduled: boolean
  isClosed: boolean
  /** Nothing is sent any more. */
  isOver: boolean
  timer: unknown
  timerAt: number
  /** Memory of a settled segment, for the next one. */
  spare: Uint8Array<ArrayBuffer> | undefined
  /** Events on their way to disk. */
  moving: Promise<boolean> | undefined
  diskRetryAt: number
  /** When the folder is looked at again. */
  listAt: number
}

/** A request under way. */
export interface Attempt {
  readonly segment: Segment
  readonly round: number
  readonly deadline: number
  readonly abort: AbortController
}

/** Somebody who waits for something to become true, and is woken to look. */
export interface Waiter {
  /** Events up to this number are sent without waiting for others. */
  readonly upTo: number
  /** When it last looked. */
  seenAt: number
  wake(): void
}

/** How late something may be before it counts as lost: some platforms end what a request began with the request. */
export const lostMs = 5_000

/** Lets the waiters look. Answers false when there are none. */
export function wake({ waiters, tickMs, deps }: Sender): boolean {
  for (const waiter of waiters) {
    if (tickMs !== undefined && deps.now() > waiter.seenAt + tickMs + lostMs) waiters.delete(waiter)
    else waiter.wake()
  }
  return waiters.size > 0
}

/** Counts and reports an event that will not be delivered. */
export function drop(sender: Sender, event: string | object, reason: DropReason): void {
  sender.dropped.set(reason, (sender.dropped.get(reason) ?? 0) + 1)
  safely(() => sender.onDrop(typeof event === 'string' ? JSON.parse(event) : event, reason))()
}
