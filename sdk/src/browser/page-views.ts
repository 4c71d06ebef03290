import { safely } from '../lib/safely.ts'
import { type Page, readPage } from './context.ts'
import type { BrowserDeps } from './deps.ts'

/** A page was seen at `at`, ms since 1970. */
export type OnPageView = (page: Page, at: number) => void

/** A fragment is a place within a page, unless a router keeps its path there (`#/cart`, `#!/cart`). */
const pageAddress = (href: string): string => href.replace(/#(?!!?\/).*/, '')

/**
 * Reports the page at hand and every other one a single-page app shows. Only a new address counts: replaceState and a
 * push of the same address are how apps keep state. The report waits for the app to set the title but has the address
 * and time of the change, which sorts it before what the new page does at once. `onChange` hears of the change at once.
 */
export function watchPageViews(deps: BrowserDeps, onPageView: OnPageView, onChange: (referrer: string) => void): void {
  const { window, now, setTimer } = deps
  const { history, location, document } = window
  let last = pageAddress(location.href)
  const look = safely((): void => {
    const address = pageAddress(location.href)
    if (address === last) return
    const [at, page] = [now(), readPage(window, last)]
    onChange(last)
    last = address
    setTimer(() => onPageView({ ...page, title: document.title }, at), 0)
  })
  const push = history.pushState
  history.pushState = function (this: History, ...args: Parameters<History['pushState']>) {
    push.apply(this, args)
    look()
  }
  window.addEventListener('popstate', look)
  onPageView(readPage(window, document.referrer), now())
}
