import type { Browser } from 'playwright-core'
import { type BenchOptions, createRow, type Row } from '../lib/result.ts'
import { median, quantile } from '../lib/statistics.ts'
import type { Service } from '../service/service.ts'
import { openSignedIn } from './visits.ts'

/** From the sending of an event until it stands in the live page. */
export async function measureLive(
  browser: Browser,
  service: Service,
  { quick, progress }: BenchOptions,
): Promise<Row[]> {
  const context = await openSignedIn(browser)
  try {
    const page = await context.newPage()
    await page.addInitScript(() => {
      // Notes when the row of a probe came, as a mark of the event's own name.
      const note = () => {
        for (const { textContent: name } of document.querySelectorAll('.live-row strong'))
          if (name?.startsWith('Probe ') && performance.getEntriesByName(name).length === 0) performance.mark(name)
      }
      new MutationObserver(note).observe(document, { childList: true, subtree: true, characterData: true })
    })
    await page.goto(`${service.url}/live`)
    await page.locator('.dot.is-open').waitFor()
    const timesMs: number[] = []
    for (let probe = 1; probe <= (quick ? 3 : 100); probe++) {
      progress.show(`dashboard: live, event ${probe}`)
      const event = `Probe ${probe}`
      const sentAt = performance.timeOrigin + performance.now()
      await service.track({
        type: 'track',
        event,
        anonymousId: 'live-probe',
        timestamp: new Date(sentAt).toISOString(),
      })
      await page.waitForFunction((name) => performance.getEntriesByName(name).length > 0, event)
      const shownAt = await page.evaluate(
        (name) => performance.timeOrigin + (performance.getEntriesByName(name)[0]?.startTime ?? Number.NaN),
        event,
      )
      timesMs.push(shownAt - sentAt)
    }
    return [
      createRow({
        what: 'event sent to shown in the open live page, p95',
        value: quantile(timesMs, 0.95),
        unit: 'ms',
        goal: { atMost: 1_000 },
      }),
      createRow({ what: 'the same, p50', value: median(timesMs), unit: 'ms' }),
    ]
  } finally {
    await context.close()
  }
}
