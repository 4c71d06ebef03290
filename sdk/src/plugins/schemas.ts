import type { OutgoingEvent, Plugin } from '../types.ts'

/** What is used of a schema that follows https://standardschema.dev, as those of Zod, Valibot and ArkType do. */
export interface StandardSchema<Output = unknown> {
  readonly '~standard': {
    readonly version: 1
    readonly validate: (value: unknown) => { issues?: readonly Issue[] | undefined } | Promise<unknown>
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined
  }
}

interface Issue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** What is used of a validator of TypeBox, made by its `Compile`. */
export interface Checker<Output = unknown> {
  Check(value: unknown): value is Output
  Errors(value: unknown): Iterable<{ message: string; instancePath?: string }>
}

/** Schemas of the properties of events, by their names. */
export type SchemaMap = Record<string, StandardSchema | Checker>

/** The event map that follows from schemas: `createAnalytics<EventsOf<typeof events>>(…)`. */
export type EventsOf<Schemas extends SchemaMap> = {
  [Name in keyof Schemas]: Schemas[Name] extends StandardSchema<infer Output>
    ? Output
    : Schemas[Name] extends { Check(value: unknown): value is infer Output }
      ? Output
      : never
}

export interface SchemasOptions {
  /** What happens to an event that does not fit: it is named in the console, and with `drop` it is not stored, too. */
  onInvalid?: 'warn' | 'drop'
}

/**
 * Holds the properties of `track` calls against schemas. In development builds only: others get a plugin that does
 * nothing, see `schemas-off.ts`. Events without a schema do not fit; schemas that answer with a promise are not waited for.
 */
export const schemas =
  (map: SchemaMap, { onInvalid = 'warn' }: SchemasOptions = {}): Plugin =>
  () =>
  ({ type, event = '', properties = {} }) => {
    if (type !== 'track') return undefined
    const problems = check(map[event], properties)
    if (problems.length) console.warn(`trailstitch: "${event}" does not fit its schema: ${problems.join('; ')}`)
    return problems.length && onInvalid === 'drop' ? null : undefined
  }

function check(schema: SchemaMap[string] | undefined, properties: OutgoingEvent['properties']): string[] {
  if (!schema) return ['there is none']
  if ('Check' in schema) {
    if (schema.Check(properties)) return []
    return Array.from(schema.Errors(properties), ({ instancePath, message }) => `${instancePath} ${message}`.trim())
  }
  const { issues = [] } = schema['~standard'].validate(properties) as { issues?: readonly Issue[] }
  return issues.map(({ message, path = [] }) => {
    const names = path.map((part) => String(typeof part === 'object' ? part.key : part))
    return `${names.join('.')} ${message}`.trim()
  })
}
