import { listen } from '../lib/page-events.ts'
import type { Plugin } from '../types.ts'

export interface ScrollDepthOptions {
  /** Default: 25, 50, 75 and 90. */
  percents?: number[]
}

const pauseMs = 200

/**
 * Tracks "Page Scrolled" with `percent` as the lower edge of the window gets that far down the document, each once a
 * page view. A page that nobody scrolls has none, and scrolling inside an element is not looked at.
 */
export const scrollDepth =
  ({ percents = [25, 50, 75, 90] }: ScrollDepthOptions = {}): Plugin =>
  ({ analytics, window }) => {
    const { document } = window
    let left = percents
    let isWaiting = false
    const look = (): void => {
      isWaiting = false
      const { clientHeight, scrollHeight, scrollTop } = document.documentElement
      const reached = (100 * (scrollTop + clientHeight)) / scrollHeight
      const isReached = (percent: number): boolean => percent <= reached
      const passed = left.filter(isReached)
      left = left.filter((percent) => !isReached(percent))
      for (const percent of passed) analytics.track('Page Scrolled', { percent })
    }
    listen(document, 'scroll', () => {
      // Measuring costs the browser a layout, so not for every frame.
      if (!isWaiting && left.length) window.setTimeout(look, pauseMs)
      isWaiting = true
    })
    return ({ type }) => {
      if (type === 'page') left = percents
    }
  }
