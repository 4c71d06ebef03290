/** What is known about one error code. */
export interface ErrorInfo {
  /** HTTP status when the code answers a whole request; for a refused event, the status of a request that holds nothing else. */
  readonly status: number
  /** Whether sending the same bytes again can succeed. */
  readonly retryable: boolean
  readonly message: string
}

const entry = (status: number, message: string, retryable = false): ErrorInfo =>
  Object.freeze({ status, retryable, message })

/**
 * Every code the wire can answer with. Codes are never reused with another meaning.
 * `docs/errors.md` lists the same codes; a test holds the two together.
 */
export const errorTable = Object.freeze({
  // the request as a whole
  invalid_json: entry(400, 'The body is not valid JSON.'),
  invalid_utf8: entry(400, 'The body is not valid UTF-8.'),
  invalid_body: entry(400, 'The body must be a JSON object.'),
  empty_body: entry(400, 'The body is empty.'),
  body_too_large: entry(400, 'The body is over 500 KB after decompression. Send smaller batches.'),
  invalid_encoding: entry(400, 'The body could not be decompressed as its Content-Encoding says.'),
  unsupported_encoding: entry(400, 'Content-Encoding must be one of: identity, gzip, deflate.'),
  invalid_batch: entry(400, 'The body of a batch needs "batch": an array of events.'),
  batch_too_long: entry(400, 'A batch holds at most 2,500 events.'),
  body_timeout: entry(408, 'The body did not arrive in time.', true),
  missing_write_key: entry(401, 'Send the write key as the Basic user or as "writeKey" in the body.'),
  unknown_write_key: entry(401, 'This write key belongs to no project.'),
  write_key_mismatch: entry(401, 'The write keys of header and body differ.'),
  origin_not_allowed: entry(403, 'The project takes no events from pages of this origin.'),
  not_found: entry(404, 'No such route.'),
  method_not_allowed: entry(405, 'This route does not take that method.'),
  rate_limited: entry(429, 'Too many requests. Try again after Retry-After seconds.', true),
  overloaded: entry(503, 'Too much is in flight. Try again after Retry-After seconds.', true),
  queue_unavailable: entry(503, 'Events cannot be made durable now. Try again after Retry-After seconds.', true),
  stopping: entry(503, 'The server is shutting down. Try again after Retry-After seconds.', true),
  internal: entry(500, 'Something went wrong on our side.', true),
  // one event
  invalid_event: entry(400, 'An event must be a JSON object.'),
  event_too_large: entry(400, 'The event is over 32 KB.'),
  too_deep: entry(400, 'The event nests deeper than 50 levels.'),
  too_many_keys: entry(400, 'The event has more than 5,000 keys.'),
  forbidden_key: entry(
    400,
    'Keys named __proto__, constructor or prototype, and keys that start with $, are not accepted.',
  ),
  forbidden_character: entry(400, 'The text contains U+0000 or half of a surrogate pair.'),
  number_out_of_range: entry(400, 'A number is too large to be kept.'),
  unknown_type: entry(400, 'The type must be track, identify, page, screen, group or alias.'),
  no_user_anon_id: entry(400, 'Every event needs a userId or an anonymousId.'),
  invalid_id: entry(400, 'Ids must be text or numbers of at most 512 characters, and not empty.'),
  invalid_message_id: entry(400, 'messageId must be text of 1 to 100 characters.'),
  missing_event_name: entry(400, 'A track call needs "event": text of 1 to 512 characters.'),
  invalid_name: entry(400, '"name" and "category" must be text of at most 512 characters.'),
  missing_group_id: entry(400, 'A group call needs a groupId.'),
  missing_previous_id: entry(400, 'An alias call needs a previousId.'),
  missing_user_id: entry(400, 'An alias call needs a userId.'),
  invalid_properties: entry(400, '"properties" must be an object.'),
  invalid_traits: entry(400, '"traits" must be an object.'),
  invalid_context: entry(400, '"context" must be an object.'),
  invalid_integrations: entry(400, '"integrations" must be an object.'),
  invalid_timestamp: entry(400, 'Times must be ISO 8601 text or milliseconds since 1970.'),
  // set aside later, by the processor
  undecodable_chunk: entry(400, 'A queue entry could not be decoded.'),
  processing_failed: entry(500, 'The event made the processor fail and was set aside.'),
})

export type ErrorCode = keyof typeof errorTable

/** The one error class of the wire: a code of {@link errorTable}, with its status and whether to retry. */
export class WireError extends Error {
  readonly code: ErrorCode
  readonly status: number
  readonly retryable: boolean
  constructor(code: ErrorCode, detail?: string, options?: { cause?: unknown }) {
    const info = errorTable[code]
    super(detail ? `${info.message} ${detail}` : info.message, options)
    this.name = 'WireError'
    this.code = code
    this.status = info.status
    this.retryable = info.retryable
  }
}
