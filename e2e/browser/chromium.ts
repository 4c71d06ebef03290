import { type Browser, chromium } from 'playwright-core'
import { chromiumPath } from './config.ts'

/** A real browser without a window and without traffic of its own. */
export const launchChromium = (): Promise<Browser> =>
  chromium.launch({
    executablePath: chromiumPath,
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  })
