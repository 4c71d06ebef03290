import type { Plugin } from '../types.ts'

/** A fragment is a place within a page, unless a router keeps its path there (`#/cart`, `#!/cart`). */
const pageAddress = (href: string): string => href.replace(/#(?!!?\/).*/, '')

/**
 * Sends a page event for the page at hand, for every other one a single-page app shows, and for one that comes back from
 * the back-forward cache. Only a new address counts: replaceState and a push of the same address are how apps keep state.
 * The event waits for the app to set the title but has the address and time of the change, which sorts it before what the
 * new page does at once. Events of the new page name the page before as their referrer.
 */
export const pageViews =
  (): Plugin =>
  ({ analytics, window }) => {
    const { document, history, location, navigation } = window
    let last = pageAddress(location.href)
    let { referrer } = document
    const look = (): void => {
      const url = location.href
      if (pageAddress(url) === last) return
      referrer = last
      last = pageAddress(url)
      const page = { url, path: location.pathname, search: location.search, referrer }
      const timestamp = new window.Date()
      window.setTimeout(() => analytics.page({}, { timestamp, context: { page: { ...page, title: document.title } } }))
    }
    // Browsers before 2025 do not tell of a push.
    if (navigation)
      navigation.addEventListener('currententrychange', (event) => event.navigationType === 'replace' || look())
    else {
      const push = history.pushState
      history.pushState = function (this: History, ...args: Parameters<History['pushState']>) {
        push.apply(this, args)
        look()
      }
      window.addEventListener('popstate', look)
    }
    window.addEventListener('pageshow', ({ persisted }) => persisted && analytics.page())
    analytics.page()
    return (event) => {
      const { page } = event.context as { page: { referrer: string } }
      if (page.referrer === document.referrer) page.referrer = referrer
    }
  }
