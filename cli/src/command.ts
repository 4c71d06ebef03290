import type { StaticParse, TObject } from 'typebox'
import { Value } from 'typebox/value'
import type { Config, ConfigKey } from './config.ts'
import type { Io } from './io.ts'

/** What a running command is given. */
export interface Context<Options> {
  config: Config
  /** The command's own options, by key. */
  options: Options
  /** What stands on the line beside options, in order. */
  words: readonly string[]
  io: Io
}

interface CommandTexts {
  /** One or two words, such as `import access-log`. */
  name: string
  /** One line for the list of commands. */
  summary: string
  /** More about it, for its own help. */
  details?: string
  /** Words the line must hold, in order, such as `FILE`. */
  words?: readonly string[]
  /** Keys of the configuration that can be given as flags here. */
  configKeys: readonly ConfigKey[]
  examples: readonly string[]
}

export interface Command extends CommandTexts {
  optionsSchema: TObject
  run(context: Context<Record<string, unknown>>): Promise<void>
}

/** Ties a command to the schema of its own options, so that it sees them typed. */
export function defineCommand<Schema extends TObject>(
  texts: CommandTexts,
  optionsSchema: Schema,
  run: (context: Context<StaticParse<Schema>>) => Promise<void>,
): Command {
  return {
    ...texts,
    optionsSchema,
    run: (context) => run({ ...context, options: Value.Parse(optionsSchema, context.options) }),
  }
}
