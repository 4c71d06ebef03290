import { readFileSync } from 'node:fs'
import { build } from 'esbuild'
import { expect, onTestFinished, test, vi } from 'vitest'
import { launchChromium } from '../../../e2e/browser/chromium.ts'
import { startCollector } from '../../../e2e/browser/collector.ts'
import { startSite } from '../../../e2e/browser/site.ts'

const folder = new URL('..', import.meta.url).pathname

test('three clicks on what does nothing are an event, and later events know of it', async () => {
  const collector = await startCollector()
  onTestFinished(() => collector.close())
  const { outputFiles } = await build({
    entryPoints: [`${folder}src/main.ts`],
    bundle: true,
    minify: true,
    conditions: ['source'],
    write: false,
  })
  const html = readFileSync(`${folder}public/index.html`, 'utf8')
  expect(html).toContain('http://127.0.0.1:4800')
  expect(html).toContain('YOUR_WRITE_KEY')
  const own = html.replace('http://127.0.0.1:4800', collector.origin).replace('YOUR_WRITE_KEY', collector.writeKey)
  const site = await startSite((path) => ({ '/': own, '/main.js': { script: outputFiles[0]?.text ?? '' } })[path])
  onTestFinished(() => site.close())
  const browser = await launchChromium()
  onTestFinished(() => browser.close())

  const page = await browser.newPage()
  await page.goto(site.origin)
  await page.evaluate(() => {
    for (let index = 0; index < 4; index++) document.getElementById('broken')?.click()
    for (let index = 0; index < 2; index++) document.getElementById('buy')?.click()
  })
  await vi.waitFor(
    async () => {
      const events = (await collector.arrived()).map(({ type, event, context }) => [
        event ?? type,
        (context as { rages?: number }).rages,
      ])
      expect(events).toEqual([
        ['page', undefined],
        ['Rage Clicked', 1],
        ['Bought', 1],
        ['Bought', 1],
      ])
    },
    { timeout: 10_000 },
  )
})
