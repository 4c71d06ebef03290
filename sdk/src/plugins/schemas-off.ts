import type { Plugin } from '../types.ts'
import type { SchemaMap, SchemasOptions } from './schemas.ts'

export type { Checker, EventsOf, SchemaMap, SchemasOptions, StandardSchema } from './schemas.ts'

/** What `schemas` is outside of development builds. */
export const schemas =
  (_map: SchemaMap, _options?: SchemasOptions): Plugin =>
  () => {}
