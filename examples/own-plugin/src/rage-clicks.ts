import type { Plugin } from '@trailstitch/sdk'

export interface RageClicksOptions {
  /** So many clicks on the same element … Default 3. */
  clicks?: number
  /** … within so many ms. Default 1,000. */
  withinMs?: number
}

/**
 * Tracks "Rage Clicked" when somebody clicks the same element again and again, as people do where nothing happens. A
 * plugin is a function of the client and the window. What it answers, if anything, looks at every event before it is
 * stored: this one notes on events how often that has happened on the page.
 */
export const rageClicks =
  ({ clicks = 3, withinMs = 1_000 }: RageClicksOptions = {}): Plugin =>
  ({ analytics, window }) => {
    let rages = 0
    let target: EventTarget | null = null
    let times: number[] = []
    window.document.addEventListener('click', (event) => {
      const now = window.Date.now()
      if (event.target !== target) times = []
      target = event.target
      times = [...times.filter((time) => now - time < withinMs), now]
      if (times.length < clicks) return
      times = []
      rages++
      analytics.track('Rage Clicked', { element: (target as Element).tagName.toLowerCase() })
    })
    return (event) => {
      if (rages) event.context.rages = rages
    }
  }
