import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { closeServer, listen } from '../../../e2e/browser/site.ts'
import { inspect } from '../../../e2e/dashboard/looks.ts'
import { collectProblems, createRig, type Rig } from '../../../e2e/dashboard/rig.ts'
import { ordered, sendShop, shopEvents } from '../../../e2e/dashboard/shop.ts'
import { adminToken } from '../../../e2e/support/data-folder.ts'
import { createTokenSource } from '../src/chart-token.ts'
import { createSite, readFiles } from '../src/server.ts'

const now = Date.now()
const sent = shopEvents(now)
let rig: Rig
let apiKey: string
/** What `npm run bundle` makes. */
let script: string

const ask = async (path: string, init: RequestInit = {}) => {
  const headers = { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' }
  return (await fetch(`${rig.url}/api/v1/projects/default${path}`, { headers, ...init })).json()
}
const listTokens = async () => ((await ask('/embed-tokens')) as { items: { origins: string[] }[] }).items

beforeAll(async () => {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('../src/page.ts', import.meta.url))],
    bundle: true,
    minify: true,
    format: 'esm',
    conditions: ['source'],
    write: false,
  })
  script = outputFiles[0]?.text ?? ''
  rig = await createRig()
  await sendShop(rig.url, sent)
  const body = JSON.stringify({ name: 'Example page', scopes: ['manage'] })
  apiKey = ((await ask('/api-keys', { method: 'POST', body })) as { key: string }).key
})
afterAll(() => rig.close())

/** Starts the site; answers its origin. */
async function startSite(key: string): Promise<string> {
  let origin = ''
  const options = () => ({ dashboard: rig.url, project: 'default', apiKey: key, origin })
  let getToken: (() => Promise<string>) | undefined
  const site = createSite({
    dashboard: rig.url,
    files: new Map([...readFiles(), ['/charts.js', script]]),
    getToken: () => {
      getToken ??= createTokenSource(options())
      return getToken()
    },
  })
  origin = await listen(site)
  onTestFinished(() => closeServer(site))
  return origin
}

const countPeople = (name: string): number =>
  new Set(sent.filter(({ event, type }) => (event ?? type) === name).map(({ anonymousId }) => anonymousId)).size

test('the page shows both charts with the figures of what was sent, by one token for itself alone', async () => {
  const before = (await listTokens()).length
  const origin = await startSite(apiKey)
  const context = await rig.browser.newContext({ timezoneId: 'UTC' })
  onTestFinished(() => context.close())
  const page = await context.newPage()
  const problems = collectProblems(page)
  await page.goto(origin)
  const signUps = page.getByRole('table', { name: 'People who signed up' })
  await signUps.waitFor({ state: 'attached' })
  const cells = await signUps.locator('tbody td').allTextContents()
  expect(cells.reduce((sum, text) => sum + Number(text), 0)).toBe(countPeople('Signed up'))
  await page.getByRole('row', { name: new RegExp(`^1\\. Looked.*${countPeople('page')}`) }).waitFor()
  await page.getByRole('row', { name: new RegExp(`^3\\. Ordered.*${ordered}`) }).waitFor()
  await inspect(page, 'example-embed')
  expect(problems).toEqual([])
  const tokens = await listTokens()
  expect([tokens.length - before, tokens[0]?.origins]).toEqual([1, [origin]])
})

test('with a key that may not make tokens the site says so in its answer, and tries again', async () => {
  const error = vi.spyOn(console, 'error').mockImplementation(() => {})
  onTestFinished(() => error.mockRestore())
  const origin = await startSite('tsk_wrong')
  for (const _ of [1, 2]) expect((await fetch(`${origin}/chart-token`)).status).toBe(502)
  expect(error).toHaveBeenCalledTimes(2)
  expect(String(error.mock.calls[0]?.[0])).toContain('401')
  expect((await fetch(`${origin}/src/main.ts`)).status).toBe(404)
})
