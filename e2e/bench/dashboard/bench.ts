import { existsSync } from 'node:fs'
import { launchChromium } from '../../browser/chromium.ts'
import { chromiumPath } from '../../browser/config.ts'
import { withFolder } from '../lib/folder.ts'
import type { Measured } from '../lib/result.ts'
import { startService } from '../service/service.ts'
import { measureChart } from './chart.ts'
import { measureFirstLoad } from './first-load.ts'
import { measureLive } from './live.ts'
import { measureMerges } from './merges.ts'
import { fillDays } from './visits.ts'

export const dashboardBench: Measured = {
  title: 'The dashboard in the browser',
  how: [
    '`trailstitch start` as one process, nothing configured, with 3,000 events of a shop in the last five days; Chromium on the same machine, a new visitor of the dashboard (nothing cached) where not said otherwise.',
    'First load: the overview, signed in, the processor slowed down four times. "Figures shown" is from the start of the navigation to the first of the row of figures; script time is what the browser says of its main thread (`Performance.getMetrics`, thread time), and bytes are all that came over the wire with their headers, until three seconds after. Median of 7.',
    'Chart: 5 series of 366 points, drawn by the script of the chart as it is built, in a page that has drawn nothing before, not slowed down; from the call until all is on the canvas. 20 pages.',
    'Live: from before `POST /v1/track` until the row stands in the open live page, 100 events one after the other.',
    'Merge: two people of one visitor each, the one known by a user id. From before the `identify` that makes them one until a page says so, each in a tab that is loaded again and again: the list of people, the page of the person, and the overview with one visitor less. "Everywhere" is the slowest of the three.',
  ],
  async run(options) {
    if (!existsSync(chromiumPath)) throw new Error('needs Chromium: apt-get install -y chromium, or CHROMIUM_PATH=…')
    return withFolder(async (folder) => {
      const service = await startService(folder)
      const browser = await launchChromium()
      try {
        await fillDays(service)
        return [
          ...(await measureFirstLoad(browser, service, options)),
          ...(await measureChart(browser, service, options)),
          ...(await measureLive(browser, service, options)),
          ...(await measureMerges(browser, service, options)),
        ]
      } finally {
        await browser.close()
        await service.stop()
      }
    })
  },
}
