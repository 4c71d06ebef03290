import { readFileSync } from 'node:fs'
import { BackendError } from '@trailstitch/backends'
import type { Command } from './command.ts'
import { findCommand, readCommandLine } from './command-line.ts'
import { commands } from './commands/index.ts'
import type { Config } from './config.ts'
import { CliError, codeOf, messageOf } from './errors.ts'
import { formatCommandHelp, formatHelp } from './help.ts'
import { type Io, say } from './io.ts'
import { createLog } from './log.ts'

export interface Invocation {
  /** What follows the program's name. */
  line: readonly string[]
  environment: Readonly<Record<string, string | undefined>>
  /** Its log is replaced by one of the configured level, which writes JSON lines to stderr. */
  io: Io
}

/** Runs one command to its end and resolves with the exit code. Never rejects: errors are told on stderr. */
export async function runCommandLine({ line, environment, io }: Invocation): Promise<number> {
  try {
    await dispatch(line, environment, io)
    return 0
  } catch (error) {
    return tellError(error, io)
  }
}

async function dispatch(line: readonly string[], environment: Invocation['environment'], io: Io): Promise<void> {
  const [first] = line
  if (first === undefined || first === '--help' || first === '-h' || (first === 'help' && line.length === 1))
    return say(io, formatHelp(commands, io.style))
  if (first === '--version' || first === '-v') return say(io, readVersion())
  const { command, rest } = findCommand(commands, first === 'help' ? line.slice(1) : line)
  if (first === 'help' || wantsHelp(rest)) return say(io, formatCommandHelp(command, io.style))
  await runCommand(command, rest, environment, io)
}

/** Everything behind `--` is no option. */
function wantsHelp(rest: readonly string[]): boolean {
  const end = rest.indexOf('--')
  const options = end < 0 ? rest : rest.slice(0, end)
  return options.includes('--help') || options.includes('-h')
}

async function runCommand(
  command: Command,
  rest: readonly string[],
  environment: Invocation['environment'],
  io: Io,
): Promise<void> {
  const { config, options, words } = readCommandLine(command, rest, environment)
  await command.run({ config, options, words, io: withLog(io, config) })
}

function withLog(io: Io, { logLevel }: Config): Io {
  const { now } = io.deps
  const log = createLog({ level: logLevel, now, write: (text) => io.stderr.write(`${text}\n`) })
  return { ...io, deps: { now, log } }
}

/** Errors that come with a way out are told as they are; an unforeseen one shows where it happened. */
function tellError(error: unknown, { stderr }: Io): number {
  const isForeseen = error instanceof CliError || error instanceof BackendError || isCoded(error)
  const text = isForeseen || !(error instanceof Error) ? messageOf(error) : (error.stack ?? error.message)
  stderr.write(`trailstitch: ${codeOf(error)}:${text.startsWith('- ') ? '\n' : ' '}${text}\n`)
  return error instanceof CliError ? error.exitCode : 1
}

/** Ours have codes in small letters; those of Node and the system do not. */
const isCoded = (error: unknown): boolean => /^[a-z][a-z_]+$/.test(codeOf(error)) && codeOf(error) !== 'internal'

function readVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}
