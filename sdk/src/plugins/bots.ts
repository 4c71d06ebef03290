import type { Plugin } from '../types.ts'

/** Cubot is a brand of phones. */
const agents =
  /(?:^|[^u])bot|crawl|spider|slurp|headless|lighthouse|pagespeed|pingdom|facebookexternalhit|preview|scrap|archiver|monitor|phantomjs|selenium|puppeteer|playwright/i

/** Drops every event of browsers that are driven by a program, or whose user agent says that they are a bot. */
export const bots =
  (): Plugin =>
  ({ window: { navigator } }) =>
    navigator.webdriver || agents.test(navigator.userAgent) ? () => null : undefined
