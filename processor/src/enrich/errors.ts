const table = {
  country_file_missing: 'The country database is not there.',
  country_file_unreadable: 'The country database cannot be read.',
  country_file_invalid: 'The country database is not a MaxMind DB file.',
} as const

export type EnrichErrorCode = keyof typeof table

/** What enrichment can fail with, all of it at start and none of it while events flow. Trying again does not help. */
export class EnrichError extends Error {
  readonly code: EnrichErrorCode
  readonly retryable = false
  /** `detail` names the file and the way out. */
  constructor(code: EnrichErrorCode, detail: string, options?: { cause?: unknown }) {
    super(`${table[code]} ${detail}`, options)
    this.name = 'EnrichError'
    this.code = code
  }
}
