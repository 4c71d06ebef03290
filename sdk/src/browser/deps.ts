/** The parts of a browser window that are used. */
export type BrowserWindow = Pick<
  Window & typeof globalThis,
  | 'addEventListener'
  | 'crypto'
  | 'document'
  | 'fetch'
  | 'history'
  | 'localStorage'
  | 'location'
  | 'navigator'
  | 'Request'
  | 'screen'
>

/** What comes from outside, so that tests can hold the clock and play the browser. Times are ms since 1970. */
export interface BrowserDeps {
  window: BrowserWindow
  now(): number
  random(): number
  setTimer(run: () => void, ms: number): unknown
  clearTimer(timer: unknown): void
}

/** Undefined where there is no page, as when rendering on a server. */
export function findBrowser(): BrowserDeps | undefined {
  if (typeof window === 'undefined' || typeof document === 'undefined') return undefined
  return {
    window,
    now: () => Date.now(),
    random: () => Math.random(),
    setTimer: (run, ms) => setTimeout(run, ms),
    clearTimer: (timer) => clearTimeout(timer as number),
  }
}
