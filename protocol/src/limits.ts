/**
 * Limits of the wire. Sizes are bytes of UTF-8 text after decompression.
 * The event, batch and messageId limits are those of Segment's HTTP Tracking API.
 */
export const limits = Object.freeze({
  /** One event, as it stands in the request body. */
  maxEventBytes: 32 * 1024,
  /** One request body after decompression, batches included. */
  maxBodyBytes: 500 * 1024,
  /** Events in one batch request. */
  maxBatchEvents: 2500,
  /** Names of parts in one batch that are remembered, and of earlier ones that are looked up. */
  maxBatchParts: 100,
  /** `messageId`, in characters. */
  maxMessageIdLength: 100,
  /** `anonymousId`, `userId`, `previousId`, `groupId`, in characters. */
  maxIdLength: 512,
  /** `event`, page `name` and `category`, in characters. */
  maxNameLength: 512,
  /** Objects and arrays inside one another, the event itself being the first. */
  maxDepth: 50,
  /** Keys in one event, at all depths together. */
  maxKeys: 5000,
  /** A write key, in characters. */
  maxWriteKeyLength: 128,
  /** Clocks ahead of ours by more than this are clamped to the time of receipt. */
  maxFutureMs: 5 * 60_000,
  /** Event times before this one come from a reset clock and are clamped to the time of receipt. */
  earliestTimestamp: Date.UTC(2005, 0, 1),
})
