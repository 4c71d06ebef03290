/**
 * The parts of a browser window that are used, its clock, chance and timers included: all that comes from outside, so that
 * tests can play the browser. Times are ms since 1970.
 */
export type BrowserWindow = Pick<
  Window & typeof globalThis,
  | 'AbortController'
  | 'addEventListener'
  | 'clearTimeout'
  | 'CompressionStream'
  | 'crypto'
  | 'Date'
  | 'document'
  | 'fetch'
  | 'history'
  | 'localStorage'
  | 'location'
  | 'Math'
  | 'navigator'
  | 'performance'
  | 'Request'
  | 'Response'
  | 'screen'
  | 'setTimeout'
> & {
  document: { prerendering?: boolean }
  /** In browsers since 2025. */
  Temporal?: { Now: { timeZoneId(): string } }
}

/** Undefined where there is no page, as when rendering on a server. */
export const findBrowser = (): BrowserWindow | undefined =>
  typeof document === 'undefined' ? undefined : (globalThis as unknown as BrowserWindow)
