import type { ErrorCode } from './errors.ts'

/** One event of a request that was not taken. `index` is its place in the batch, 0 for a single event. */
export interface RefusedEvent {
  index: number
  code: ErrorCode
  message: string
}

/**
 * What the collector answers. `success` is Segment's field: true when at least one event was taken.
 * `accepted` events are durable; each of `refused` can be listed, mended and replayed on the server.
 */
export interface Receipt {
  success: boolean
  accepted: number
  refused: RefusedEvent[]
  /** Of the parts that the request asked about in `unconfirmed`, those that were taken. Only where it asked. */
  known?: readonly string[]
}

/** The answer to a request that failed as a whole. Nothing of it was taken. */
export interface ErrorBody {
  success: false
  code: ErrorCode
  message: string
}
