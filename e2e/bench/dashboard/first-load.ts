import { setTimeout as sleep } from 'node:timers/promises'
import type { Browser } from 'playwright-core'
import { type BenchOptions, createRow, type Row } from '../lib/result.ts'
import { median } from '../lib/statistics.ts'
import type { Service } from '../service/service.ts'
import { openSignedIn } from './visits.ts'

/** As a phone is slower than what benchmarks run on. */
const throttling = 4
const settleMs = 3_000

interface Load {
  figuresMs: number
  scriptMs: number
  bytes: number
}

/** The figures of the overview's first load. */
export async function measureFirstLoad(
  browser: Browser,
  { url }: Service,
  { quick, progress }: BenchOptions,
): Promise<Row[]> {
  const loads: Load[] = []
  // The first page of a browser waits for much that the others find done.
  await load(browser, url)
  for (let round = 1; round <= (quick ? 1 : 7); round++) {
    progress.show(`dashboard: first load ${round}`)
    loads.push(await load(browser, url))
  }
  const what = `first load of the overview at ${throttling}x throttling`
  return [
    createRow({
      what: `${what}: figures shown`,
      value: median(loads.map(({ figuresMs }) => figuresMs)),
      unit: 'ms',
    }),
    createRow({
      what: `${what}: running scripts, thread time`,
      value: median(loads.map(({ scriptMs }) => scriptMs)),
      unit: 'ms',
    }),
    createRow({
      what: 'first load of the overview: bytes over the wire',
      value: median(loads.map(({ bytes }) => bytes)) / 1024,
      unit: 'KiB',
    }),
  ]
}

async function load(browser: Browser, url: string): Promise<Load> {
  const context = await openSignedIn(browser)
  try {
    const page = await context.newPage()
    await page.addInitScript(() => {
      const shown = () => {
        if (!document.querySelector('.figure-value')) return
        observer.disconnect()
        // Painted, too: the frame after the one that is under way.
        requestAnimationFrame(() => requestAnimationFrame(() => performance.mark('figures')))
      }
      const observer = new MutationObserver(shown)
      observer.observe(document, { childList: true, subtree: true })
    })
    const devtools = await context.newCDPSession(page)
    let bytes = 0
    devtools.on('Network.loadingFinished', ({ encodedDataLength }) => {
      bytes += encodedDataLength
    })
    await devtools.send('Network.enable')
    // Time that the page's thread worked, not that it waited for a processor.
    await devtools.send('Performance.enable', { timeDomain: 'threadTicks' })
    await devtools.send('Emulation.setCPUThrottlingRate', { rate: throttling })
    await page.goto(url)
    await page.waitForFunction(() => performance.getEntriesByName('figures').length > 0)
    const figuresMs = await page.evaluate(() => performance.getEntriesByName('figures')[0]?.startTime ?? Number.NaN)
    await sleep(settleMs)
    const { metrics } = await devtools.send('Performance.getMetrics')
    const script = metrics.find(({ name }) => name === 'ScriptDuration')?.value ?? Number.NaN
    return { figuresMs, scriptMs: script * 1000, bytes }
  } finally {
    await context.close()
  }
}
