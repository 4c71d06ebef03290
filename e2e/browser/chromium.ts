import { type Browser, chromium } from 'playwright-core'
import { chromiumPath } from './config.ts'

/** A real browser without a window and without traffic of its own. `keepsPages`: with a back-forward cache. */
export const launchChromium = ({ keepsPages = false } = {}): Promise<Browser> =>
  chromium.launch({
    executablePath: chromiumPath,
    ignoreDefaultArgs: keepsPages ? ['--disable-back-forward-cache'] : [],
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  })
