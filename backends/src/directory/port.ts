import type { Diagnosis } from '../diagnosis.ts'

/**
 * The directory port: small versioned documents of what people make and change, as opposed to the events of a store:
 * accounts, who may see which project, sign-ins, API keys, the audit log. Documents of one kind share a namespace.
 *
 * What resolved is durable. A document whose time is over is not there any more, whoever asks. Calls reject with
 * `invalid_document` for what breaks the limits below, and with a retryable error while the place cannot be reached.
 */
export interface Directory {
  read<Body extends object>(kind: string, id: string): Promise<DirectoryDocument<Body> | undefined>
  /**
   * Writes the whole document if it is still at `expected`, and resolves with its new version; with undefined, and
   * nothing written, when it is not, or when another document of the kind holds a key that must be unique. Of any number
   * of writers with the same `expected` one wins.
   */
  write(kind: string, id: string, body: object, options: WriteOptions): Promise<string | undefined>
  /** A page of a kind, by id, the order being that of its characters. */
  list<Body extends object>(kind: string, options: ListOptions): Promise<DirectoryPage<Body>>
  /** Whether there was one to delete, at `expected` where that is given. */
  delete(kind: string, id: string, expected?: string): Promise<boolean>
  /** How the service behind it is and is set up, for `trailstitch doctor`. Rejects when it can't be reached. */
  diagnose?(): Promise<Diagnosis[]>
  /** Idempotent. */
  close(): Promise<void>
}

export interface DirectoryDocument<Body extends object> {
  id: string
  /** Another one after each write. None comes back, not even when a document is deleted and made again. */
  version: string
  body: Body
}

export interface WriteOptions {
  /** The version that was read, or `new` when there must be none yet. */
  expected: string
  /** What the document can be listed by. Replaces the keys it had. */
  keys?: Readonly<Record<string, string>>
  /** Names of those keys whose value no other document of the kind may have. */
  unique?: readonly string[]
  /** ms since 1970. Default: it stays. */
  expiresAt?: number
}

export interface ListOptions {
  /** Name and value of a key. Default: all documents of the kind. */
  by?: readonly [key: string, value: string]
  /** The `nextCursor` of the page before. */
  after?: string
  /** 1 to 1,000. */
  limit: number
  /** Default `asc`. */
  order?: 'asc' | 'desc'
}

export interface DirectoryPage<Body extends object> {
  items: DirectoryDocument<Body>[]
  nextCursor: string | null
}

/** `expected` of a document that must not be there yet. */
export const newDocument = 'new'

export const directoryLimits = Object.freeze({
  /** Of the body as JSON, UTF-8. */
  maxBodyBytes: 256 * 1024,
  maxKeys: 8,
  /** Characters of an id, and of a key's value. */
  maxIdLength: 256,
  maxKeyLength: 512,
  maxPage: 1_000,
})
