import { request as ask } from 'node:http'
import { text } from 'node:stream/consumers'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { startSite } from './browser/site.ts'
import { collectProblems, createRig, type Rig } from './dashboard/rig.ts'
import { findPerson } from './dashboard/traffic.ts'
import { createApi, post } from './support/api.ts'
import { adminToken } from './support/data-folder.ts'

const evil = 'evil.example'
const markup = '<img src=x onerror="window.hurt=1">'
const values = 10_000

let rig: Rig
beforeAll(async () => {
  rig = await createRig()
  const now = Date.now()
  const timestamp = new Date(now - 60_000).toISOString()
  const who = { anonymousId: `visitor ${markup}`, userId: `user ${markup}` }
  await post(rig.url, 'batch', {
    batch: [
      { type: 'identify', ...who, traits: { name: `Eve ${markup}`, [`plan ${markup}`]: markup }, timestamp },
      { type: 'track', event: `Bought ${markup}`, ...who, properties: { [`what ${markup}`]: markup }, timestamp },
      {
        type: 'page',
        ...who,
        properties: { path: `/${markup}`, title: markup, url: 'https://shop.example/' },
        timestamp,
      },
    ],
  })
  const perBatch = 1_000
  for (let at = 0; at < values; at += perBatch) {
    const batch = Array.from({ length: perBatch }, (_, index) => ({
      type: 'track',
      event: 'Opened',
      anonymousId: `opener-${at + index}`,
      properties: { page: `number ${at + index}` },
      timestamp,
    }))
    await post(rig.url, 'batch', { batch })
  }
  await vi.waitFor(async () => expect((await createApi(rig.url).ledger()).stored).toBe(values + 3), {
    timeout: 60_000,
    interval: 200,
  })
})
afterAll(() => rig?.close())

const closing = async (page: Page): Promise<void> => page.context().close()

interface Answer {
  status: number
  headers: Record<string, string | string[] | undefined>
  body: string
}

/** As it stands: `fetch` would tidy the path up first. */
function send(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  const { hostname, port } = new URL(rig.url)
  return new Promise((resolve, reject) => {
    const request = ask({ hostname, port, path, method, headers }, async (response) => {
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body: await text(response) })
    })
    request.once('error', reject).end()
  })
}

test('no path reaches a file that is not the dashboard’s own', async () => {
  const targets = ['etc/passwd', 'package.json', 'dist/web/manifest.json', 'store.db', 'pages.json']
  const climbs = ['../', '..%2f', '%2e%2e/', '%2e%2e%2f', '..%5c', '....//', '..;/', '%252e%252e%252f', '%c0%ae%c0%ae/']
  const starts = ['/dashboard/', '/dashboard/assets/', '/']
  const paths = starts.flatMap((start) =>
    climbs.flatMap((climb) => targets.map((target) => start + climb.repeat(6) + target)),
  )
  const others = ['//etc/passwd', '/dashboard//etc/passwd', '/dashboard/%00', 'file:///etc/passwd', '/\\etc\\passwd']
  for (const path of [...paths, ...others]) {
    const { status, body } = await send(path)
    expect.soft([path, [400, 404].includes(status), body.length < 500]).toEqual([path, true, true])
  }
})

test('a page of another site reads nothing through the browser of somebody who is signed in', async () => {
  const link = /http\S+\/setup#token=\S+/.exec(await rig.command(['setup-link']))?.[0] ?? ''
  const page = await rig.open(`/setup${new URL(link).hash}`, { signedIn: false })
  await page.getByLabel('Your name').fill('Grace')
  await page.getByLabel('E-mail address').fill('grace@example.com')
  await page.getByLabel('New password').fill('correct horse battery')
  await page.getByRole('button', { name: 'Create the owner' }).click()
  await page.getByText('Grace').waitFor()

  const site = await startSite(() => '<!doctype html><title>Evil</title>')
  const foreign = await page.context().newPage()
  await foreign.goto(site.origin)
  const read = (
    path: string,
    init: { method?: string; headers?: Record<string, string>; body?: string },
  ): Promise<string> =>
    foreign.evaluate(
      ([url, options]) =>
        fetch(url, options).then(
          (response) => `read ${response.status}`,
          () => 'nothing',
        ),
      [rig.url + path, { ...init, credentials: 'include' } as const] as const,
    )
  const json = { 'content-type': 'application/json' }
  expect(await read('/api/v1/projects', {})).toBe('nothing')
  expect(await read('/api/v1/me', {})).toBe('nothing')
  expect(await read('/api/v1/query', { method: 'POST', headers: json, body: '{}' })).toBe('nothing')
  const refresh = { method: 'POST', headers: { ...json, 'x-trailstitch': '1' }, body: '{}' }
  expect(await read('/api/v1/auth/refresh', refresh)).toBe('nothing')
  // Sent without leave to be asked for first, and without being read: it must not use the session up either.
  await foreign.evaluate(
    (url) => fetch(url, { method: 'POST', mode: 'no-cors', credentials: 'include', body: '{}' }).catch(() => {}),
    `${rig.url}/api/v1/auth/refresh`,
  )
  await page.reload()
  await page.getByText('Grace').waitFor()
  await site.close()
  await closing(page)
})

test('no answer of the API lets another origin read it with credentials', async () => {
  for (const path of ['/api/v1/projects', '/api/v1/live', '/api/v1/overview', '/api/v1/nothing', '/api/v1/embed/0'])
    for (const method of ['GET', 'OPTIONS'])
      for (const origin of [`https://${evil}`, 'null', rig.url]) {
        const asks = { 'access-control-request-method': 'GET', 'access-control-request-headers': 'authorization' }
        const { headers } = await send(
          path,
          { origin, authorization: `Bearer ${adminToken}`, ...(method === 'OPTIONS' && asks) },
          method,
        )
        expect.soft([path, method, headers['access-control-allow-credentials']]).toEqual([path, method, undefined])
        if (!path.includes('embed'))
          expect.soft([path, method, headers['access-control-allow-origin']]).toEqual([path, method, undefined])
      }
})

test('what a request says of host and address goes into no answer that a cache may keep', async () => {
  const lies = {
    host: evil,
    'x-forwarded-host': evil,
    'x-forwarded-proto': 'https',
    'x-forwarded-prefix': `/${evil}`,
    'x-forwarded-for': evil,
    'x-original-url': `/${evil}`,
    'x-rewrite-url': `/${evil}`,
    'x-host': evil,
    forwarded: `host=${evil};proto=https`,
  }
  const withoutNonce = (body: string): string => body.replace(/name="csp-nonce" content="[^"]*"/, '')
  const page = await send('/')
  const asset = /\/dashboard\/assets\/[\w.-]+\.js/.exec(page.body)?.[0] ?? ''
  expect(asset).not.toBe('')
  for (const path of ['/', '/live', '/setup', asset, '/elsewhere', '/api/v1/projects', '/api/v1/nothing']) {
    const honest = await send(path)
    const lied = await send(path, lies)
    expect.soft([path, lied.status, withoutNonce(lied.body)]).toEqual([path, honest.status, withoutNonce(honest.body)])
    expect.soft([path, JSON.stringify(lied)]).toEqual([path, expect.not.stringContaining(evil)])
    expect.soft([path, lied.headers['cache-control']]).toEqual([path, honest.headers['cache-control']])
    // Only files whose names change with what is in them are for caches that many share.
    expect.soft([path, String(honest.headers['cache-control']).includes('public')]).toEqual([path, path === asset])
  }
})

const askFor = async (question: object): Promise<Answer> => {
  const headers = { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' }
  const response = await fetch(`${rig.url}/api/v1/query`, { method: 'POST', headers, body: JSON.stringify(question) })
  return { status: response.status, headers: {}, body: await response.text() }
}

test('10,000 series are refused, in the API and in an address, and 10,000 values shown as a few and the rest', async () => {
  const now = Date.now()
  const range = { type: 'trend', from: now - 86_400_000, to: now, interval: 'day' }
  const many = Array.from({ length: values }, () => ({ measure: 'events' }))
  const refused = await askFor({ ...range, series: many })
  expect(refused.status).toBe(400)
  expect(Object.keys(JSON.parse(refused.body) as object).sort()).toEqual(['code', 'message'])

  const page = await rig.open('/events')
  const problems = collectProblems(page)
  const totals = page.getByRole('table', { name: 'Totals' })
  await totals.getByText('Any event: how many').waitFor()
  await page.evaluate(
    (question) => history.pushState(null, '', `?q=${encodeURIComponent(question)}`),
    JSON.stringify({ series: many }),
  )
  await totals.getByText('Any event: how many').waitFor()
  expect(await totals.locator('tbody tr').count()).toBe(1)

  const question = { series: [{ event: 'Opened', measure: 'events' }], breakdown: 'properties.page' }
  await page.goto(`${rig.url}/events?q=${encodeURIComponent(JSON.stringify(question))}`)
  await totals.getByText(/^All others \(9,9\d\d\)$/).waitFor()
  expect(await totals.locator('tbody tr').count()).toBeLessThanOrEqual(51)
  expect(problems).toEqual([])
  await closing(page)
})

test('names with markup are text, wherever they show', async () => {
  const { profileId } = await findPerson(rig.url, `user ${markup}`)
  const page = await rig.open('/live')
  const problems = collectProblems(page)
  const shown = async (path: string, ...texts: string[]): Promise<void> => {
    await page.goto(rig.url + path)
    for (const each of texts) await page.getByText(each).first().waitFor()
    expect([path, await page.locator('img[src=x]').count()]).toEqual([path, 0])
    expect([path, await page.evaluate(() => 'hurt' in window)]).toEqual([path, false])
  }
  await shown(`/people?q=${encodeURIComponent(`user ${markup}`)}`, `Eve ${markup}`)
  await shown(`/people/${profileId}`, `Eve ${markup}`, `Bought ${markup}`, `plan ${markup}`)
  await shown('/events?view=dictionary', `Bought ${markup}`)
  await shown(`/events?view=dictionary&event=${encodeURIComponent(`Bought ${markup}`)}`, `what ${markup}`)
  await page.goto(`${rig.url}/live`)
  await page.getByText('Connected').or(page.locator('.dot.is-open')).first().waitFor()
  await post(rig.url, 'track', { type: 'track', event: `Now ${markup}`, anonymousId: `live ${markup}` })
  await page.getByText(`Now ${markup}`).first().waitFor()
  await page.getByText(`live ${markup}`).first().waitFor()
  expect(await page.locator('img[src=x]').count()).toBe(0)
  expect(problems).toEqual([])
  await closing(page)
})
