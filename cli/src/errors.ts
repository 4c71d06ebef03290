const table = {
  invalid_usage: { exitCode: 2, message: 'The command cannot be run like that.' },
  unknown_command: { exitCode: 2, message: 'There is no such command.' },
  invalid_config: { exitCode: 2, message: 'The configuration has problems.' },
  file_not_found: { exitCode: 1, message: 'The file cannot be read.' },
  file_unwritable: { exitCode: 1, message: 'The file cannot be written.' },
  file_damaged: { exitCode: 1, message: 'The file is damaged.' },
  port_in_use: { exitCode: 1, message: 'The port is taken.' },
  address_unavailable: { exitCode: 1, message: 'The address cannot be listened on.' },
  not_found: { exitCode: 1, message: 'There is nothing by that name.' },
  not_reachable: { exitCode: 1, message: 'The collector cannot be reached.' },
  refused: { exitCode: 1, message: 'The collector refused the events.' },
  queue_unavailable: { exitCode: 1, message: 'Events cannot be made durable now.' },
  copy_differs: { exitCode: 1, message: 'The copy does not hold what the source holds.' },
  target_in_use: { exitCode: 1, message: 'Others write to the target.' },
  unhealthy: { exitCode: 1, message: 'Some checks failed.' },
  interrupted: { exitCode: 130, message: 'Stopped before the work was done.' },
  stop_timeout: { exitCode: 1, message: 'Not everything stopped in time.' },
} as const

export type CliErrorCode = keyof typeof table

/** What a command fails with: a code, the exit code that goes with it (2 is the caller's mistake), and the way out. */
export class CliError extends Error {
  readonly code: CliErrorCode
  readonly exitCode: number
  /** `detail` says what is wrong and what to do about it; it may have several lines. */
  constructor(code: CliErrorCode, detail?: string, options?: { cause?: unknown }) {
    super(detail ?? table[code].message, options)
    this.name = 'CliError'
    this.code = code
    this.exitCode = table[code].exitCode
  }
}

/** The code of any error of ours or of the system, such as `disk_full` or `EADDRINUSE`. */
export function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' ? code : 'internal'
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
