import { BackendError } from '../errors.ts'

export const maxLimit = 1000
export const limitOf = (limit: number | undefined): number => Math.min(Math.max(1, Math.floor(limit ?? 50)), maxLimit)

/** A cursor is the sort key of the last item shown, as opaque text. */
export const encodeCursor = (key: readonly (string | number)[]): string =>
  Buffer.from(JSON.stringify(key)).toString('base64url')

/** Throws `invalid_cursor` for what was not made by {@link encodeCursor} with keys of these types. */
export function decodeCursor<T extends readonly (string | number)[]>(
  cursor: string,
  shape: readonly ('string' | 'number')[],
): T {
  try {
    const key: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
    if (Array.isArray(key) && key.length === shape.length && key.every((part, index) => typeof part === shape[index]))
      return key as unknown as T
  } catch {
    // falls through to the coded error
  }
  throw new BackendError('invalid_cursor', 'Start again without it.')
}
