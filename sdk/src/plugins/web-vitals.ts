import { safely } from '../lib/safely.ts'
import type { Plugin } from '../types.ts'

/** What is used of a metric of the `web-vitals` package. */
export interface WebVital {
  name: string
  value: number
  rating: string
  id: string
  navigationType: string
}

type Subscribe = (report: (vital: WebVital) => void) => void

/** The `web-vitals` package, from version 4, or as much of it as you want measured. */
export interface WebVitalsLibrary {
  onCLS?: Subscribe
  onFCP?: Subscribe
  onINP?: Subscribe
  onLCP?: Subscribe
  onTTFB?: Subscribe
}

/**
 * Tracks "Web Vital Measured" with `name`, `value`, `rating`, `id` and `navigationType`. The library is yours, loaded
 * when you say: `webVitals(() => import('web-vitals'))`. CLS, INP and LCP are known when the page is hidden.
 */
export const webVitals =
  (load: () => WebVitalsLibrary | Promise<WebVitalsLibrary>): Plugin =>
  ({ analytics, window }) => {
    const report = safely(({ name, value, rating, id, navigationType }: WebVital): void => {
      analytics.track('Web Vital Measured', { name, value, rating, id, navigationType })
      if (window.document.visibilityState === 'hidden') void analytics.flush()
    })
    const subscribe = async (): Promise<void> => {
      const library = await load()
      for (const name of ['onCLS', 'onFCP', 'onINP', 'onLCP', 'onTTFB'] as const) library[name]?.(report)
    }
    subscribe().catch(() => {})
  }
