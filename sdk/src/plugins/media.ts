import { listen } from '../lib/page-events.ts'
import type { Plugin } from '../types.ts'

const quartiles = [25, 50, 75]

/**
 * Tracks `<video>` and `<audio>`: "Media Played", "Media Paused", "Media Ended", and "Media Progressed" with `percent`
 * 25, 50 and 75 as the position gets there, each once per element and source. All carry the element's `id`, `source`
 * without its query, `kind`, and `position` and `duration` in seconds. Streams without an end make no progress; elements
 * in shadow roots are not heard of.
 */
export const media =
  (): Plugin =>
  ({ analytics, window }) => {
    const left = new WeakMap<EventTarget, { source: string; percents: number[] }>()
    const tell = (element: HTMLMediaElement, what: string, more?: object): void => {
      const { id, localName: kind, currentSrc, currentTime: position, duration } = element
      analytics.track(`Media ${what}`, { id, kind, source: currentSrc.split(/[?#]/)[0], position, duration, ...more })
    }
    const hear = (type: string, act: (element: HTMLMediaElement) => void): void =>
      listen(window.document, type, ({ target }) => act(target as HTMLMediaElement))
    hear('play', (element) => tell(element, 'Played'))
    // The end is a pause, too.
    hear('pause', (element) => element.ended || tell(element, 'Paused'))
    hear('ended', (element) => tell(element, 'Ended'))
    hear('timeupdate', (element) => {
      const { currentSrc: source, currentTime, duration } = element
      const known = left.get(element)
      const percents = known?.source === source ? known.percents : quartiles
      const isReached = (percent: number): boolean => (100 * currentTime) / duration >= percent
      left.set(element, { source, percents: percents.filter((percent) => !isReached(percent)) })
      for (const percent of percents.filter(isReached)) tell(element, 'Progressed', { percent })
    })
  }
