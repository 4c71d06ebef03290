const table = {
  unknown_scheme: 'No backend of this kind is registered for that URL.',
  invalid_url: 'The backend URL is not valid.',
  invalid_name: 'The name of a blob holds characters or segments that are not allowed.',
  invalid_document: 'A directory does not take such a document.',
  file_locked: 'Another process holds the file locked.',
  file_corrupt: 'The file is damaged.',
  file_unwritable: 'The file cannot be written.',
  disk_full: 'The disk is full.',
  schema_too_new: 'The file was written by a newer version.',
  forbidden: 'The service refuses it to these credentials.',
  bucket_missing: 'The bucket is not there.',
  queue_missing: 'The queue is not there.',
  message_too_large: 'The message is larger than the queue takes.',
  unsupported: 'The backend cannot do that.',
  invalid_cursor: 'The cursor is not one of this list.',
  query_too_large: 'The question is about too many events.',
  unreachable: 'The service cannot be reached, or does not answer.',
  not_a_copy: 'The store holds other data than a copy of that one.',
  closed: 'The backend is closed.',
  backend_failed: 'The backend failed.',
} as const

export type BackendErrorCode = keyof typeof table

/** What passes by itself, or as soon as somebody made space or gave a right. */
const passing: ReadonlySet<BackendErrorCode> = new Set<BackendErrorCode>([
  'file_locked',
  'file_unwritable',
  'disk_full',
  'unreachable',
  'backend_failed',
])

/** What every backend fails with. `retryable`: trying again later may succeed without anybody changing anything. */
export class BackendError extends Error {
  readonly code: BackendErrorCode
  readonly retryable: boolean
  /** `detail` names the file or URL and the way out. */
  constructor(code: BackendErrorCode, detail?: string, options?: { cause?: unknown }) {
    super(detail ? `${table[code]} ${detail}` : table[code], options)
    this.name = 'BackendError'
    this.code = code
    this.retryable = passing.has(code)
  }
}
