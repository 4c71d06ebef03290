import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { type Static, type TObject, Type } from 'typebox'
import { Value } from 'typebox/value'
import type { Command } from './command.ts'
import { type Config, configSchema, environmentName, environmentNames, flagName } from './config.ts'
import { CliError, messageOf } from './errors.ts'
import { readSettings, type Source } from './settings.ts'
import { suggest } from './suggest.ts'

/** The part of the line behind the command's name, taken apart but not yet checked. */
interface Line {
  flags: Record<string, unknown>
  words: string[]
  configFile: string | undefined
}

export interface Given {
  config: Config
  options: Record<string, unknown>
  words: string[]
}

/**
 * Finds the command that the line begins with. Throws `unknown_command`, with the nearest one if the line has a slip.
 */
export function findCommand(
  commands: readonly Command[],
  line: readonly string[],
): { command: Command; rest: string[] } {
  for (const length of [2, 1]) {
    const name = line.slice(0, length).join(' ')
    const command = commands.find((candidate) => candidate.name === name && name.split(' ').length === length)
    if (command) return { command, rest: line.slice(length) }
  }
  const typed = line.filter((word) => !word.startsWith('-')).slice(0, 2)
  const names = commands.map(({ name }) => name)
  const under = names.filter((name) => name.startsWith(`${typed[0]} `))
  if (under.length > 0) throw new CliError('unknown_command', `Say which: ${under.map(quoteCommand).join(' or ')}.`)
  const near = suggest(typed.join(' '), names) ?? suggest(typed[0] ?? '', names)
  const wayOut = near ? `Did you mean ${quoteCommand(near)}?` : 'trailstitch --help lists the commands.'
  throw new CliError('unknown_command', `There is no command "${typed[0] ?? line[0] ?? ''}". ${wayOut}`)
}

const quoteCommand = (name: string): string => `"trailstitch ${name}"`

/**
 * Reads configuration and options: defaults, under the configuration file, under the environment, under the flags.
 * Throws one `invalid_config` that lists every problem with its fix.
 */
export function readCommandLine(
  command: Command,
  rest: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Given {
  const allowed = Object.fromEntries(command.configKeys.map((key) => [key, configSchema.properties[key]]))
  const line = parseLine(command, rest)
  const problems: string[] = []
  const isOwn = (key: string): boolean => !Object.hasOwn(allowed, key)
  const flagNames = [...Object.keys(allowed), ...Object.keys(command.optionsSchema.properties), 'config', 'help']
  const flags = (values: Record<string, unknown>): Source => ({
    name: 'the flags',
    values,
    label: (key) => `--${flagName(key)}`,
    names: flagNames.map((key) => `--${flagName(key)}`),
    isText: true,
  })
  const file = line.configFile ?? environment.TRAILSTITCH_CONFIG
  const config = readSettings(configSchema, [
    ...(file === undefined ? [] : [configFileSource(file, problems)]),
    environmentSource(environment),
    flags(pick(line.flags, (key) => !isOwn(key))),
  ])
  const options = readSettings(command.optionsSchema, [flags(pick(line.flags, isOwn))])
  problems.push(...config.problems, ...options.problems, ...wordProblems(command, line.words))
  if (problems.length > 0) {
    const help = `trailstitch ${command.name} --help shows all options.`
    throw new CliError('invalid_config', [...problems.map((problem) => `- ${problem}`), help].join('\n'))
  }
  return { config: freezeConfig(config.values), options: options.values, words: line.words }
}

const freezeConfig = (values: Record<string, unknown>): Config =>
  Object.freeze<Static<typeof configSchema>>(Value.Parse(configSchema, values))

/** Flags come back by key of the schema (`--write-key` as `writeKey`); unknown ones, too, for the check to tell. */
function parseLine(command: Command, rest: readonly string[]): Line {
  const schemas: TObject['properties'] = {
    ...Object.fromEntries(command.configKeys.map((key) => [key, configSchema.properties[key]])),
    ...command.optionsSchema.properties,
    config: Type.String(),
  }
  const isBoolean = (key: string): boolean => (schemas[key] as { type?: string } | undefined)?.type === 'boolean'
  const parsed = parseArgs({
    args: [...rest],
    strict: false,
    tokens: true,
    allowPositionals: true,
    options: Object.fromEntries(
      Object.keys(schemas).map((key) => [flagName(key), { type: isBoolean(key) ? 'boolean' : 'string' } as const]),
    ),
  })
  const flags: Record<string, unknown> = {}
  const words: string[] = []
  let unknownAt = Number.NaN
  for (const token of parsed.tokens) {
    // What follows a misspelt flag is its value, and not one more thing to complain about.
    if (token.kind === 'positional' && token.index !== unknownAt + 1) words.push(token.value)
    if (token.kind !== 'option') continue
    if (!Object.hasOwn(schemas, keyOf(token.name)) && token.value === undefined) unknownAt = token.index
    const key = keyOf(token.name)
    const positive = keyOf(token.name.replace(/^no-/, ''))
    if (isBoolean(key)) flags[key] = token.value ?? 'true'
    else if (key !== positive && isBoolean(positive) && token.value === undefined) flags[positive] = 'false'
    else flags[key] = token.value
  }
  const { config, ...others } = flags
  if ('config' in flags && config === undefined) throw new CliError('invalid_usage', '--config needs a file.')
  return { flags: others, words, configFile: typeof config === 'string' ? config : undefined }
}

/** `write-key` is `writeKey`. A name that is no flag of ours keeps its spelling when it is written back. */
const keyOf = (flag: string): string => flag.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())

function pick(values: Record<string, unknown>, wanted: (key: string) => boolean): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([key]) => wanted(key)))
}

function configFileSource(file: string, problems: string[]): Source {
  let values: Record<string, unknown> = {}
  try {
    const json: unknown = JSON.parse(readFileSync(file, 'utf8'))
    if (typeof json === 'object' && json !== null && !Array.isArray(json)) values = json as Record<string, unknown>
    else problems.push(`${file} must hold one JSON object, such as {"port": 4800}.`)
  } catch (error) {
    problems.push(`The configuration file ${file} cannot be read: ${messageOf(error)}`)
  }
  return {
    name: file,
    values,
    label: (key) => `"${key}"`,
    names: Object.keys(configSchema.properties).map((key) => `"${key}"`),
    isText: false,
  }
}

/** Our prefix is ours alone, so a slip in it is found. `TRAILSTITCH_TEST_…` belongs to the tests. */
function environmentSource(environment: Readonly<Record<string, string | undefined>>): Source {
  const values: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(environment)) {
    if (!value || name === 'TRAILSTITCH_CONFIG' || name.startsWith('TRAILSTITCH_TEST_')) continue
    const key = Object.hasOwn(environmentNames, name) ? environmentNames[name] : undefined
    // The long name wins over the short one of the same key, whatever their order.
    if (key !== undefined && (values[key] === undefined || name === environmentName(key))) values[key] = value
    else if (key === undefined && name.startsWith('TRAILSTITCH_')) values[name] = value
  }
  const spelling = (key: string): string => {
    if (key.startsWith('TRAILSTITCH_')) return key
    const names = Object.keys(environmentNames).filter((name) => environmentNames[name] === key)
    return names.find((name) => environment[name] === values[key]) ?? environmentName(key)
  }
  return { name: 'the environment', values, label: spelling, names: Object.keys(environmentNames), isText: true }
}

function wordProblems(command: Command, words: readonly string[]): string[] {
  const wanted = command.words ?? []
  if (words.length < wanted.length) return [`${wanted.slice(words.length).join(' ')} is missing.`]
  return words.slice(wanted.length).map((word) => `"${word}" is one word too many.`)
}
