/**
 * The blob port: whole objects under names such as `overflow/2026-11-23/c1-17`. Names are 1 to 512 characters of
 * `A-Z a-z 0-9 . _ - /`, without empty, `.` or `..` segments; others are refused with `invalid_name`.
 */
export interface BlobEntry {
  name: string
  bytes: number
  /** ms since 1970. */
  modifiedAt: number
}

export interface Blob {
  /** Resolves when the object is durable. Readers see the old object or the new one, never a part. */
  put(name: string, body: Uint8Array): Promise<void>
  /** The object, or undefined when there is none. */
  get(name: string): Promise<Uint8Array | undefined>
  /** Objects whose names start with `prefix`, by name. */
  list(
    prefix: string,
    options?: { limit?: number; cursor?: string },
  ): Promise<{ items: BlobEntry[]; nextCursor: string | null }>
  /** Deleting what is not there is fine. */
  delete(name: string): Promise<void>
  close(): Promise<void>
}
