import type { Context } from '@trailstitch/protocol'
import { version } from '../version.ts'
import type { BrowserWindow } from './deps.ts'

/** What holds for every event of this browser: sent once a batch, where the server merges it into each event. */
export const readBrowser = ({ navigator, screen, Temporal }: BrowserWindow): Context => ({
  library: { name: 'trailstitch-web', version },
  locale: navigator.language,
  // Making a DateTimeFormat costs a browser more than everything else here together.
  timezone: Temporal?.Now.timeZoneId() ?? Intl.DateTimeFormat().resolvedOptions().timeZone,
  screen: { width: screen.width, height: screen.height },
})

export type Page = NonNullable<Context['page']>

/** The page an event happened on, as it is now. */
export const readPage = ({ document, location }: BrowserWindow): Page => ({
  url: location.href,
  path: location.pathname,
  search: location.search,
  title: document.title,
  referrer: document.referrer,
})
