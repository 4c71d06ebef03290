import { findTarget, listen } from '../lib/page-events.ts'
import type { Plugin } from '../types.ts'

export interface ClicksOptions {
  /** Clicks in these elements count. Default: `[data-track]`. */
  selector?: string
}

/**
 * Tracks clicks in elements such as `<button data-track="Tent Chosen" data-track-size="2">`: the attribute names the
 * event, and those that begin with `data-track-` are its properties, in camel case. Elements of a selector that have no
 * `data-track` are "Element Clicked", with their `tag` and `id`. Their text is not read.
 */
export const clicks =
  ({ selector = '[data-track]' }: ClicksOptions = {}): Plugin =>
  ({ analytics, window }) => {
    listen(window.document, 'click', (event) => {
      const element = findTarget<HTMLElement>(event, selector)
      if (!element) return
      const { track, ...others } = element.dataset
      const properties: Record<string, unknown> = track ? {} : { tag: element.localName, id: element.id }
      for (const name of Object.keys(others)) {
        const [, first = '', rest] = /^track([A-Z0-9])(.*)/.exec(name) ?? []
        if (first) properties[first.toLowerCase() + rest] = others[name]
      }
      analytics.track(track || 'Element Clicked', properties)
    })
  }
