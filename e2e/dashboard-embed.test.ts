import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type Site, startSite } from './browser/site.ts'
import { inspect } from './dashboard/looks.ts'
import { collectProblems, createRig, findViolations, type Rig } from './dashboard/rig.ts'
import { findPerson, sendTraffic } from './dashboard/traffic.ts'
import { adminToken } from './support/data-folder.ts'

let rig: Rig
let site: Site
let foreign: Site
let token: string

const dist = fileURLToPath(new URL('../embed/dist/', import.meta.url))
const scripts = (path: string) =>
  readdirSync(dist).includes(path.slice(1)) && path.endsWith('.js')
    ? { script: readFileSync(dist + path.slice(1), 'utf8') }
    : undefined
const label = 'Visitors <img src=x onerror=alert(1)>'

/** A page of somebody else's, with a policy that lets no inline style or script in. */
const pageOf = (body: string, script = '/element.js') =>
  `<!doctype html><html lang="en"><head><title>App</title><meta name="viewport" content="width=device-width">
   <meta http-equiv="content-security-policy" content="default-src 'self'; connect-src ${rig.url}; img-src 'none'">
   <script type="module" src="${script}"></script></head><body><main><h1>App</h1>${body}</main></body></html>`
const attribute = (text: string) => text.replaceAll('<', '&lt;').replaceAll('"', '&quot;')
const chart = (index: number, type: string, more = '') =>
  `<trailstitch-chart src="${rig.url}" token="${token}" type="${type}" index="${index}" locale="en" ${more}></trailstitch-chart>`
const all = () =>
  [
    chart(0, 'trend', `label="${attribute(label)}"`),
    chart(1, 'figure', 'label="People"'),
    chart(2, 'funnel', 'label="From home to pricing" names="Home|Tents"'),
    chart(3, 'retention', 'label="Who comes back"'),
  ].join('\n')

const render = (path: string) =>
  path === '/'
    ? pageOf(all())
    : path === '/mount'
      ? pageOf('<div id="here"></div>', '/mount.js')
      : path === '/mount.js'
        ? { script: mountScript() }
        : scripts(path)
const mountScript = () => `import { mountTrend } from '/index.js'
  window.failures = []
  window.chart = mountTrend(document.getElementById('here'), { src: '${rig.url}', token: async () => '${token}',
    index: 1, onError: ({ code }) => window.failures.push(code) })`

const steps = ['/', '/tents', '/pricing'].map((path) => ({
  event: 'page',
  where: [{ field: 'path', operator: 'is', values: [path] }],
}))
const queries = [
  { type: 'trend', days: 7, interval: 'day', series: [{ event: 'page', measure: 'people' }, { measure: 'events' }] },
  { type: 'overview', days: 7, top: 1 },
  { type: 'funnel', days: 7, steps },
  { type: 'retention', days: 7, start: { event: 'page' }, return: {}, unit: 'day', periods: 3 },
]

beforeAll(async () => {
  rig = await createRig()
  await sendTraffic(rig.url, Date.now())
  await vi.waitFor(() => findPerson(rig.url, 'ada@'), { timeout: 20_000, interval: 100 })
  site = await startSite(render)
  foreign = await startSite(render)
  const response = await fetch(`${rig.url}/api/v1/projects/default/embed-tokens`, {
    method: 'POST',
    headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'App', queries, origins: [site.origin] }),
  })
  token = ((await response.json()) as { token: string }).token
})
afterAll(async () => {
  await rig.close()
  await site.close()
  await foreign.close()
})

const open = async (url: string, options: object = {}) => {
  const context = await rig.browser.newContext({ timezoneId: 'UTC', ...options })
  const page = await context.newPage()
  const problems = collectProblems(page)
  await page.goto(url)
  return { page, problems, close: () => context.close() }
}

test('a page of another origin shows all four charts, under a strict policy, for everybody to read', async () => {
  const { page, problems, close } = await open(site.origin)
  await page.getByRole('img', { name: label }).waitFor()
  // The table says what the drawing shows, to those who do not see it.
  const table = page.getByRole('table', { name: label })
  const cells = await table.locator('tbody td:nth-child(2)').allTextContents()
  expect(cells.reduce((sum, text) => sum + Number(text), 0)).toBeGreaterThanOrEqual(11)
  await page.getByRole('group', { name: 'People' }).getByText('11', { exact: true }).waitFor()
  await page
    .getByRole('row', { name: /^1\. Home/ })
    .getByText('100%')
    .waitFor()
  await page.getByRole('row', { name: /^3\. \/pricing/ }).waitFor()
  await page.getByRole('table', { name: 'Who comes back' }).waitFor()
  await inspect(page, 'embed')
  expect(problems).toEqual([])
  await close()
})

test('a page of an origin that the token does not name reads nothing, and says so', async () => {
  const { page, close } = await open(foreign.origin)
  await page.getByText('This chart cannot be shown now.').first().waitFor()
  await vi.waitFor(async () => expect(await page.getByText('This chart cannot be shown now.').count()).toBe(4))
  expect(await page.getByRole('button', { name: 'Try again' }).count()).toBe(4)
  expect(await findViolations(page)).toEqual([])
  await close()
})

test('an attribute that changes draws another chart, and a chart that leaves the page asks no more', async () => {
  const { page, close } = await open(site.origin)
  await page.getByRole('img', { name: label }).waitFor()
  const first = page.locator('trailstitch-chart').first()
  await first.evaluate((element) => {
    element.setAttribute('type', 'figure')
    element.setAttribute('index', '1')
    element.setAttribute('figure', 'pages')
  })
  await first.getByText('24', { exact: true }).waitFor()
  await first.evaluate((element) => element.remove())
  expect(await page.getByRole('img').count()).toBe(0)
  await close()
})

test('the functions do the same with a token that is fetched, and tell of a question of another type', async () => {
  const { page, close } = await open(`${site.origin}/mount`)
  await page.getByText('This chart cannot be shown now.').waitFor()
  expect(await page.evaluate('window.failures')).toEqual(['wrong_type'])
  await page.evaluate('window.chart.destroy()')
  expect(await page.getByText('This chart cannot be shown now.').count()).toBe(0)
  await close()
})
