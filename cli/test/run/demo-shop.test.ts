import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Fastify from 'fastify'
import { expect, onTestFinished, test } from 'vitest'
import { demoShopPlugin } from '../../src/run/demo-shop.ts'
import { temporaryFolder } from '../run-cli.ts'

async function openShop(endpoint: string | undefined) {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'index.html'), '<title>Shop</title>')
  // As `start` has it: there /demo and /demo/ are one route.
  const app = Fastify({ routerOptions: { ignoreTrailingSlash: true } })
  onTestFinished(() => app.close())
  // biome-ignore lint/nursery/noMisusedPromises: Fastify awaits plugins; the rule sees the overload for callbacks alone.
  await app.register(demoShopPlugin, { folder, sdkFolder: folder, writeKey: 'wk', endpoint })
  return app
}

test('the shop is at /demo/ and tells its page where to send events', async () => {
  const app = await openShop(undefined)
  for (const url of ['/demo/', '/demo/?utm_source=mail', '/demo/index.html'])
    expect((await app.inject(url)).body).toBe('<title>Shop</title>')
  expect((await app.inject('/demo')).headers.location).toBe('/demo/')
  expect((await app.inject('/demo?utm_source=mail')).headers.location).toBe('/demo/?utm_source=mail')
  const config = await app.inject({ url: '/demo/config.json', headers: { host: 'here.example:4800' } })
  expect(config.json()).toEqual({ writeKey: 'wk', endpoint: 'http://here.example:4800' })
})

test('a public address wins over where the page came from, and no path leads out of the folder', async () => {
  const app = await openShop('https://t.example.com')
  expect((await app.inject('/demo/config.json')).json()).toMatchObject({ endpoint: 'https://t.example.com' })
  expect((await app.inject('/demo/%2e%2e/%2e%2e/etc/passwd')).statusCode).toBeGreaterThanOrEqual(400)
})
