import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build, createServer, defaultClientConditions, type InlineConfig, preview } from 'vite'
import { expect, onTestFinished, test, vi } from 'vitest'
import { launchChromium } from '../../../e2e/browser/chromium.ts'
import { type RunningCollector, startCollector } from '../../../e2e/browser/collector.ts'

/** The example's own settings, with the address and key of the test and the SDK as it stands in this clone. */
function settings({ origin, writeKey }: RunningCollector, folder: string): InlineConfig {
  return {
    root: new URL('..', import.meta.url).pathname,
    cacheDir: join(folder, 'cache'),
    build: { outDir: join(folder, 'dist') },
    logLevel: 'error',
    define: {
      'import.meta.env.VITE_WRITE_KEY': JSON.stringify(writeKey),
      'import.meta.env.VITE_ENDPOINT': JSON.stringify(origin),
    },
    resolve: { conditions: ['source', ...defaultClientConditions] },
    server: { host: '127.0.0.1', port: 0 },
    preview: { host: '127.0.0.1', port: 0 },
  }
}

async function startDevelopment(config: InlineConfig): Promise<string> {
  const server = await createServer(config)
  onTestFinished(() => server.close())
  await server.listen()
  return server.resolvedUrls?.local[0] ?? ''
}

async function startBuilt(config: InlineConfig): Promise<string> {
  await build(config)
  const server = await preview(config)
  onTestFinished(() => server.close())
  return server.resolvedUrls?.local[0] ?? ''
}

test.each([
  ['in development, under strict mode', startDevelopment],
  ['as it is built', startBuilt],
])('%s every view and every choice is one event', async (_name, start) => {
  const collector = await startCollector()
  onTestFinished(() => collector.close())
  const folder = await mkdtemp(join(tmpdir(), 'react-spa-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const address = await start(settings(collector, folder))
  const browser = await launchChromium()
  onTestFinished(() => browser.close())

  const page = await browser.newPage()
  const problems: string[] = []
  page.on('pageerror', ({ message }) => problems.push(message))
  await page.goto(address)
  await page.getByRole('button', { name: 'Dome' }).click()
  await page.getByRole('heading', { name: 'Your cart' }).waitFor()
  await page.goBack()
  await page.getByRole('button', { name: 'Dome' }).waitFor()
  await page.evaluate(() => {
    location.href = '/cart'
  })
  await page.getByRole('heading', { name: 'Your cart' }).waitFor()
  const told = async (): Promise<unknown[]> =>
    (await collector.arrived())
      .toSorted((a, b) => `${a.timestamp}`.localeCompare(`${b.timestamp}`))
      .map(({ event, name, properties }) => event ?? name ?? properties)
  await vi.waitFor(async () => expect(await told()).toHaveLength(5), { timeout: 20_000 })
  await page.waitForTimeout(1_500)
  expect(await told()).toEqual(['Tents', 'Tent Chosen', 'Cart', 'Tents', 'Cart'])
  expect(problems).toEqual([])
})
