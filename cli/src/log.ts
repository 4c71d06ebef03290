import type { Log } from '@trailstitch/backends'

export const logLevels = ['error', 'warn', 'info'] as const
export type LogLevel = (typeof logLevels)[number]

/** A line of the log, as it travels from a thread to the one that writes. */
export interface LogRecord {
  level: LogLevel
  message: string
  fields: object
}

export interface LogOptions {
  level: LogLevel
  /** ms since 1970. */
  now(): number
  /** Takes one line without its line end. */
  write(line: string): void
}

/** Logs JSON, one object a line, at `level` and above. */
export function createLog({ level, now, write }: LogOptions): Log {
  return logTo(level, (record) => write(formatRecord(record, now())))
}

/** A log that hands its records on, for threads that leave the writing to another one. */
export function logTo(level: LogLevel, take: (record: LogRecord) => void): Log {
  const most = logLevels.indexOf(level)
  const at =
    (own: LogLevel) =>
    (fields: object, message: string): void => {
      if (logLevels.indexOf(own) <= most) take({ level: own, message, fields: plainFields(fields) })
    }
  return { info: at('info'), warn: at('warn'), error: at('error') }
}

export function formatRecord({ level, message, fields }: LogRecord, now: number): string {
  const head = { time: new Date(now).toISOString(), level, message }
  try {
    return JSON.stringify({ ...fields, ...head })
  } catch {
    return JSON.stringify({ ...head, fields: 'could not be written as JSON' })
  }
}

/** Errors have no enumerable fields, so JSON and threads would both drop what matters of them. */
function plainFields(fields: object): object {
  const plain: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(fields)) plain[key] = value instanceof Error ? plainError(value) : value
  return plain
}

function plainError(error: Error): object {
  const { code } = error as { code?: unknown }
  return {
    name: error.name,
    message: error.message,
    ...(typeof code === 'string' && { code }),
    stack: error.stack,
    ...(error.cause instanceof Error && { cause: plainError(error.cause) }),
  }
}
