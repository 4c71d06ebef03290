import { createHash } from 'node:crypto'

/** Questions that differ in the order of their fields alone are the same. */
export const digestOf = (query: object): string =>
  createHash('sha256')
    .update(JSON.stringify(sorted(query)))
    .digest('base64url')

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, own]) => [name, sorted(own)])
}
