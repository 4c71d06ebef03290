import { readFileSync } from 'node:fs'
import { expect, onTestFinished, test, vi } from 'vitest'
import { launchChromium } from '../../../e2e/browser/chromium.ts'
import { startCollector } from '../../../e2e/browser/collector.ts'
import { startSite } from '../../../e2e/browser/site.ts'

const read = (name: string): string => readFileSync(new URL(`../public/${name}`, import.meta.url), 'utf8')

test('the page, given an address and a write key, sends its view, who signed up and that they did', async () => {
  const collector = await startCollector()
  onTestFinished(() => collector.close())
  const html = read('index.html')
  expect(html).toContain('http://127.0.0.1:4800/sdk/v1.js')
  expect(html).toContain('YOUR_WRITE_KEY')
  const own = html.replace('http://127.0.0.1:4800', collector.origin).replace('YOUR_WRITE_KEY', collector.writeKey)
  const site = await startSite((path) => ({ '/': own, '/page.js': read('page.js') })[path])
  onTestFinished(() => site.close())
  const browser = await launchChromium()
  onTestFinished(() => browser.close())

  const page = await browser.newPage()
  await page.goto(site.origin)
  await page.getByRole('button', { name: 'Sign up' }).click()
  await vi.waitFor(
    async () => {
      const events = await collector.arrived()
      expect(events.map(({ type, event }) => event ?? type).sort()).toEqual(['Signed Up', 'identify', 'page'])
      expect(events.find(({ type }) => type === 'track')).toMatchObject({ userId: 'user-1' })
    },
    { timeout: 10_000 },
  )
})
