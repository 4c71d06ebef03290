import { setTimeout as sleep } from 'node:timers/promises'
import type { Browser, BrowserContext } from 'playwright-core'
import { adminToken, type Ledger, type Service } from '../service/service.ts'
import { createTraffic } from '../traffic/traffic.ts'

const minuteMs = 60_000
const days = 5
const batches = 30
const perBatch = 100
const pollMs = 50
const giveUpMs = 60_000

/** A browser of somebody who is signed in as the operator and has not been here before. */
export async function openSignedIn(browser: Browser): Promise<BrowserContext> {
  const context = await browser.newContext({ timezoneId: 'UTC', viewport: { width: 1280, height: 900 } })
  const script = `sessionStorage.setItem('trailstitch.operator', ${JSON.stringify(adminToken)})`
  // As the session keeps it in a tab, see dashboard/web/auth/session.ts. The first document has no storage.
  await context.addInitScript(`if (location.protocol !== 'about:') ${script}`)
  return context
}

/** Sends events of the last five days, and waits until they are stored. */
export async function fillDays(service: Service): Promise<void> {
  const traffic = createTraffic({ seed: 5, activeVisits: 20 })
  const count = batches * perBatch
  const stepMs = (days * 24 * 60 * minuteMs) / count
  const startAt = Date.now() - minuteMs - count * stepMs
  for (let batch = 0; batch < batches; batch++) {
    const events = Array.from({ length: perBatch }, (_, index) =>
      traffic.next(startAt + (batch * perBatch + index) * stepMs),
    )
    await service.batch(events)
  }
  await eventually(async () => {
    const ledger = await service.read<Ledger>('/ledger')
    return ledger?.stored === count && ledger.inFlight === 0
  })
}

/** Asks until the answer is yes. */
export async function eventually(ask: () => Promise<boolean>): Promise<void> {
  const giveUpAt = performance.now() + giveUpMs
  while (!(await ask())) {
    if (performance.now() > giveUpAt) throw new Error(`it did not come about within ${giveUpMs} ms`)
    await sleep(pollMs)
  }
}
