import type { TObject, TSchema } from 'typebox'
import { Value } from 'typebox/value'
import { suggest } from './suggest.ts'

/** One place settings come from. Later sources win over earlier ones. */
export interface Source {
  /** What the source is called in a problem, such as `the environment`. */
  name: string
  /** By key of the schema where known, else under the name they came with. */
  values: Record<string, unknown>
  /** How a key is written there, such as `--port`. */
  label(key: string): string
  /** Names that can be given there, for suggestions. */
  names: readonly string[]
  /** Values are text and have yet to become numbers and booleans. */
  isText: boolean
}

/** A layer of settings that passed, and everything that was wrong with the others. */
export interface Settings {
  values: Record<string, unknown>
  problems: string[]
}

/** What a schema of ours may say about itself beside JSON Schema: `shape` names the form in words. */
type Described = TSchema & {
  type?: string
  enum?: readonly unknown[]
  minimum?: number
  maximum?: number
  shape?: string
  default?: unknown
  examples?: readonly unknown[]
  description?: string
}

/**
 * Puts the sources on top of each other and over the defaults. Every value of every source is checked, also those that
 * another one wins over, so that all problems are told at once.
 */
export function readSettings(schema: TObject, sources: readonly Source[]): Settings {
  const values: Record<string, unknown> = {}
  const problems: string[] = []
  const told = new Set<string>()
  for (const [key, property] of Object.entries(schema.properties)) {
    const preset = (property as Described).default
    if (preset !== undefined) values[key] = preset
  }
  for (const source of sources) {
    for (const [key, given] of Object.entries(source.values)) {
      const property = Object.hasOwn(schema.properties, key) ? schema.properties[key] : undefined
      if (!property) {
        problems.push(unknownKey(source, key))
        continue
      }
      const value = source.isText ? fromText(property, given) : given
      if (Value.Check(property, value)) values[key] = value
      else {
        problems.push(badValue(source, key, property, given))
        told.add(key)
      }
    }
  }
  for (const key of schema.required ?? []) {
    if (values[key] !== undefined || told.has(key)) continue
    const name = sources.at(-1)?.label(key) ?? key
    problems.push(`${name} is missing. Give ${describe(schema.properties[key] as Described)}.`)
  }
  return { values, problems }
}

function unknownKey(source: Source, key: string): string {
  const name = source.label(key)
  const near = suggest(name, source.names)
  const fix = near ? `Did you mean ${near}?` : `Remove it; --help lists what there is.`
  return `${name} in ${source.name} is not known. ${fix}`
}

function badValue(source: Source, key: string, property: TSchema, given: unknown): string {
  const shown = given === undefined ? 'has no value' : `is ${JSON.stringify(given)}`
  const described = property as Described
  const example = described.examples?.[0] ?? described.default
  const such = example === undefined ? '' : `, such as ${String(example)}`
  return `${source.label(key)} in ${source.name} ${shown}. Give ${describe(described)}${such}.`
}

/** What a value must be, in words: `a whole number from 1 to 64`. */
export function describe(schema: Described): string {
  if (schema.shape) return schema.shape
  if (schema.enum) return `one of ${schema.enum.map(String).join(', ')}`
  if (schema.type === 'boolean') return 'true or false'
  if (schema.type === 'integer' || schema.type === 'number') {
    const kind = schema.type === 'integer' ? 'a whole number' : 'a number'
    if (schema.minimum !== undefined && schema.maximum !== undefined)
      return `${kind} from ${schema.minimum} to ${schema.maximum}`
    return schema.minimum === undefined ? kind : `${kind} of at least ${schema.minimum}`
  }
  return 'text'
}

/** Text as flags and variables carry it, in the type the schema asks for; what does not fit stays text and fails the check. */
function fromText(schema: TSchema, given: unknown): unknown {
  if (typeof given !== 'string') return given
  const { type } = schema as Described
  if (type === 'boolean')
    return given === 'true' || given === '1' ? true : given === 'false' || given === '0' ? false : given
  if ((type === 'integer' || type === 'number') && /^-?\d+(\.\d+)?$/.test(given.trim())) return Number(given)
  return given
}
