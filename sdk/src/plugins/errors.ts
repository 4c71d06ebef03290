import { listen } from '../lib/page-events.ts'
import type { Plugin } from '../types.ts'

export interface ErrorsOptions {
  /** Events a page at most, however many errors there are. Default 10. */
  maxEvents?: number
}

const maxMessageLength = 500
const maxStackLength = 2_000

/**
 * Tracks "Error Occurred" for errors that nobody caught: `message` (500 characters), `stack` (2,000), and `kind`, which
 * is `error` or `unhandledrejection`. The same error counts once a page. Errors of scripts from other origins say
 * nothing of themselves and are left out, unless the script tag has `crossorigin`.
 */
export const errors =
  ({ maxEvents = 10 }: ErrorsOptions = {}): Plugin =>
  ({ analytics, window }) => {
    const seen = new Set<string>()
    const hear = (event: { type: string; message?: string; error?: unknown; reason?: unknown }): void => {
      const { type: kind, error = event.reason } = event
      const { message = event.message ?? error, stack = '' } = Object(error) as Partial<Error>
      const properties = {
        message: `${message}`.slice(0, maxMessageLength),
        stack: `${stack}`.slice(0, maxStackLength),
        kind,
      }
      const key = JSON.stringify(properties)
      // Neither a file that could not be loaded nor a script that may not say what happened has an error.
      if ((error == null && kind === 'error') || seen.has(key) || seen.size >= maxEvents) return
      seen.add(key)
      analytics.track('Error Occurred', properties)
    }
    listen(window, 'error', hear as (event: Event) => void)
    listen(window, 'unhandledrejection', hear as (event: Event) => void)
  }
