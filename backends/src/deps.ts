/** What every backend is given from outside, so that tests can hold the clock and read the log. */
export interface Deps {
  /** ms since 1970. */
  now(): number
  log: Log
}

/** A message with fields. pino's logger fits. */
export interface Log {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

export const silentLog: Log = { info() {}, warn() {}, error() {} }
export const systemDeps: Deps = { now: Date.now, log: silentLog }
