import type { Diagnosis } from '../diagnosis.ts'

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

export interface LinkOptions {
  /** At least a second; what is over 7 days is cut to that. */
  expiresInMs: number
  /** The file name a browser saves it under: 1 to 200 characters of `A-Z a-z 0-9 . _ -`, else `invalid_name`. */
  downloadAs?: string
}

export interface Link {
  /** Whoever has it can read the object, and only that, until it expires. */
  url: string
  /** ms since 1970. Earlier than asked for where the credentials that signed it end before. */
  expiresAt: number
}

export interface Blob {
  /** Resolves when the object is durable. Readers see the old object or the new one, never a part. */
  put(name: string, body: Uint8Array): Promise<void>
  /**
   * The same for a body that need not fit in memory, up to 78 GiB. Where the input throws, so does this, with the same
   * error, and there is no new object.
   */
  putStream(name: string, chunks: AsyncIterable<Uint8Array>): Promise<void>
  /** The object, or undefined when there is none. */
  get(name: string): Promise<Uint8Array | undefined>
  /**
   * The object in pieces, as it was at the call, or undefined when there is none. Iterate over it: it holds a file or a
   * connection until its end, or until the loop is left.
   */
  getStream(name: string): Promise<AsyncIterable<Uint8Array> | undefined>
  /** A link to the object, which need not be there yet; undefined where the backend cannot hand out any. */
  link(name: string, options: LinkOptions): Promise<Link | undefined>
  /** Objects whose names start with `prefix`, by name. */
  list(
    prefix: string,
    options?: { limit?: number; cursor?: string },
  ): Promise<{ items: BlobEntry[]; nextCursor: string | null }>
  /** Deleting what is not there is fine. */
  delete(name: string): Promise<void>
  /** Tries what the backend needs of its service. Rejects with `closed` only; whatever else fails is a finding. */
  diagnose?(): Promise<Diagnosis[]>
  close(): Promise<void>
}
