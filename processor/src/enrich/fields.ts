import type { JsonObject } from '@trailstitch/protocol'

// Events are checked for size and safety only: below the first level any field may hold anything.

/** The text when there is one that says something, else undefined. */
export const asText = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined

/** The object when it is a plain one, else undefined. */
export const asObject = (value: unknown): JsonObject | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined
