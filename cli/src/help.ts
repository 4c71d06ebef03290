import type { TSchema } from 'typebox'
import type { Command } from './command.ts'
import { configSchema, environmentName, flagName } from './config.ts'
import { formatColumns, type Style } from './output.ts'

type Described = TSchema & { type?: string; enum?: readonly unknown[]; default?: unknown; description?: string }

/** The page that `trailstitch --help` shows. */
export function formatHelp(commands: readonly Command[], style: Style): string {
  return [
    'Usage: trailstitch COMMAND [OPTIONS]',
    '',
    style.bold('Commands'),
    formatColumns(commands.map(({ name, summary }) => [name, summary])),
    '',
    style.bold('Options of every command'),
    formatColumns([
      ['--config FILE', 'JSON file with the configuration'],
      ['--help', 'help for the command'],
      ['--version', 'the version'],
    ]),
    '',
    'Every setting can be given in the file ("writeKey"), in the environment (TRAILSTITCH_WRITE_KEY) or as a flag',
    '(--write-key); the later one wins. Start here:',
    '',
    '  trailstitch start',
    '',
  ].join('\n')
}

/** The page of one command. */
export function formatCommandHelp(command: Command, style: Style): string {
  const words = (command.words ?? []).map((word) => ` ${word}`).join('')
  const own = Object.entries(command.optionsSchema.properties).map(([key, schema]) => optionRow(key, schema, false))
  const shared = command.configKeys.map((key) => optionRow(key, configSchema.properties[key], true))
  return [
    `Usage: trailstitch ${command.name}${words} [OPTIONS]`,
    '',
    `${command.summary[0]?.toUpperCase() ?? ''}${command.summary.slice(1)}.`,
    ...(command.details ? ['', command.details] : []),
    ...(own.length > 0 ? ['', style.bold('Options'), formatColumns(own)] : []),
    '',
    style.bold('Configuration'),
    formatColumns([['--config FILE', 'JSON file with any of these, and more'], ...shared]),
    '',
    style.bold('Examples'),
    ...command.examples.map((example) => `  ${example}`),
    '',
  ].join('\n')
}

function optionRow(key: string, schema: TSchema, isConfig: boolean): [string, string] {
  const described = schema as Described
  const value = described.type === 'boolean' ? '' : ` ${placeholder(described)}`
  const negative = described.type === 'boolean' && described.default === true
  const preset =
    described.default === undefined || described.type === 'boolean' ? '' : ` (default ${String(described.default)})`
  const variable = isConfig ? ` [${environmentName(key)}]` : ''
  return [`--${negative ? 'no-' : ''}${flagName(key)}${value}`, `${described.description ?? ''}${preset}${variable}`]
}

function placeholder({ type, enum: values }: Described): string {
  if (values) return values.map(String).join('|')
  return type === 'integer' || type === 'number' ? 'N' : 'TEXT'
}
