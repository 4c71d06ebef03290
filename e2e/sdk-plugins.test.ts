import { readFileSync } from 'node:fs'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { arrivedWith, startPluginSite } from './browser/all-plugins.ts'
import { launchChromium } from './browser/chromium.ts'
import { type RunningCollector, startCollector } from './browser/collector.ts'
import type { Site } from './browser/site.ts'

let browser: Browser
let collector: RunningCollector
let site: Site | undefined

beforeAll(async () => {
  browser = await launchChromium()
})
afterAll(() => browser.close())
beforeEach(async () => {
  collector = await startCollector()
})
afterEach(async () => {
  for (const context of browser.contexts()) await context.close()
  await site?.close()
  await collector.close()
})

/** Opens a page with the script for all plugins, which has these attributes. What the console says is a problem. */
async function open(
  given: Parameters<typeof startPluginSite>[1],
  path = '/',
): Promise<{ page: Page; problems: string[] }> {
  site = await startPluginSite(collector, given)
  const page = await (await browser.newContext()).newPage()
  const problems: string[] = []
  page.on('console', (message) => problems.push(message.text()))
  page.on('pageerror', (error) => problems.push(error.message))
  await page.goto(site.origin + path)
  return { page, problems }
}
const trackedOf = async (wanted: string[]): Promise<[string, Record<string, unknown>][]> =>
  (await arrivedWith(collector, wanted)).flatMap(({ name, properties, event }) =>
    event.type === 'track' ? [[name, properties] as [string, Record<string, unknown>]] : [],
  )

test('clicks: in a child of a marked element, in a shadow root, and where the page stops the event', async () => {
  const { page } = await open({
    attributes: 'data-clicks',
    html: `<button data-track="Tent Chosen" data-track-size="2"><span>Choose</span></button>
      <div id="stops"><button data-track="Stopped">Stop</button></div><div id="host"></div>`,
  })
  await page.evaluate(() => {
    document.getElementById('stops')?.addEventListener('click', (event) => event.stopPropagation(), true)
    const root = document.getElementById('host')?.attachShadow({ mode: 'open' })
    const button = Object.assign(document.createElement('button'), { textContent: 'Shadow' })
    button.dataset.track = 'In Shadow'
    root?.append(button)
  })
  await page.getByText('Choose').click()
  await page.getByText('Stop').click()
  await page.getByText('Shadow').click()
  expect(await trackedOf(['Tent Chosen', 'Stopped', 'In Shadow'])).toEqual([
    ['Tent Chosen', { size: '2' }],
    ['Stopped', {}],
    ['In Shadow', {}],
  ])
})

test('forms: what is submitted, with allowed fields alone, also where a field is called id and the page leaves', async () => {
  const { page } = await open({
    attributes: 'data-forms="plan, colour"',
    html: `<form id="sign-up" action="/welcome"><input name="id" value="7"><input name="email" value="ada@shop.example">
      <input type="password" name="password" value="secret"><input name="plan" value="pro">
      <input type="checkbox" name="colour" value="red" checked><input type="checkbox" name="colour" value="blue">
      <input name="code" required><button>Sign up</button></form>`,
  })
  await page.getByRole('button').click()
  await page.locator('[name=code]').fill('1')
  await page.getByRole('button').click()
  await page.waitForURL('**/welcome**')
  expect(await trackedOf(['Form Submitted'])).toEqual([
    ['Form Submitted', { form: 'sign-up', fields: { plan: 'pro', colour: 'red' } }],
  ])
})

test('outbound: links that lead away, in this tab and in a new one, and downloads', async () => {
  const { page } = await open({
    attributes: 'data-outbound',
    html: `<a id="away" href="http://other.localhost/a?secret=1">away</a> <a id="file" download href="/manual.pdf">file</a>
      <a id="inside" href="#here">inside</a> <svg width="20" height="20"><a href="http://svg.localhost/"><rect width="20" height="20"/></a></svg>`,
  })
  await page.context().route(/localhost/, (route) => route.fulfill({ body: 'Elsewhere' }))
  await page.locator('#inside').click()
  await page.locator('rect').click({ noWaitAfter: true, modifiers: ['Control'] })
  await page.locator('#file').click()
  await page.locator('#away').click({ button: 'middle' })
  await page.locator('#away').click({ noWaitAfter: true })
  await page.waitForURL(/other\.localhost/)
  await page.goto(`${site?.origin}/next`)
  const away = ['Outbound Link Clicked', { url: 'http://other.localhost/a', host: 'other.localhost' }]
  expect(await trackedOf(['File Downloaded', 'Outbound Link Clicked', 'Outbound Link Clicked'])).toEqual([
    ['File Downloaded', { url: `${site?.origin}/manual.pdf`, ending: 'pdf' }],
    away,
    away,
  ])
})

test('scroll depth: each depth once a page view', async () => {
  const { page } = await open({ attributes: 'data-scroll-depth', html: '<div style="height: 10000px"></div>' })
  const scrollTo = async (part: number): Promise<void> => {
    await page.evaluate((part) => window.scrollTo(0, part * document.documentElement.scrollHeight), part)
    await page.waitForTimeout(400)
  }
  await scrollTo(0.3)
  await scrollTo(0.6)
  await scrollTo(0)
  await scrollTo(1)
  await page.evaluate(() => history.pushState({}, '', '/next'))
  await scrollTo(0.3)
  await page.evaluate(() => window.trailstitch?.track('End'))
  const percents = (await trackedOf(['End'])).map(([, { percent }]) => percent)
  expect(percents).toEqual([25, 50, 75, 90, 25, undefined])
})

test('media: play, pause, quarters and the end of a sound', async () => {
  const { page } = await open({ attributes: 'data-media', html: '<audio id="tour" muted></audio>' })
  await page.evaluate(async () => {
    // Two seconds of silence: 8,000 samples a second of 8 bits.
    const wave = new Uint8Array(44 + 16_000).fill(128)
    const view = new DataView(wave.buffer)
    const write = (at: number, text: string): void => wave.set(new TextEncoder().encode(text), at)
    write(0, 'RIFF')
    view.setUint32(4, 36 + 16_000, true)
    write(8, 'WAVEfmt ')
    view.setUint32(16, 16, true)
    view.setUint16(20, 1, true)
    view.setUint16(22, 1, true)
    view.setUint32(24, 8_000, true)
    view.setUint32(28, 8_000, true)
    view.setUint16(32, 1, true)
    view.setUint16(34, 8, true)
    write(36, 'data')
    view.setUint32(40, 16_000, true)
    const sound = document.getElementById('tour') as HTMLAudioElement
    const ended = new Promise((resolve) => sound.addEventListener('ended', resolve))
    const paused = new Promise((resolve) => sound.addEventListener('pause', resolve, { once: true }))
    sound.src = URL.createObjectURL(new Blob([wave], { type: 'audio/wav' }))
    await sound.play()
    sound.pause()
    await paused
    await sound.play()
    await ended
  })
  const events = await trackedOf(['Media Ended'])
  const told = events.map(([name, { percent }]) => (percent ? `${name} ${percent}` : name))
  expect(told.filter((name) => !/Progressed/.test(name))).toEqual([
    'Media Played',
    'Media Paused',
    'Media Played',
    'Media Ended',
  ])
  expect(told.filter((name) => /Progressed/.test(name))).toEqual(
    [25, 50, 75].map((percent) => `Media Progressed ${percent}`),
  )
  expect(events.at(-1)?.[1]).toMatchObject({ id: 'tour', kind: 'audio', duration: 2 })
})

test('errors: what nobody caught, and not what could not be loaded', async () => {
  const { page } = await open({ attributes: 'data-errors', html: '<img src="data:image/png;base64,x">' })
  await page.evaluate(() => {
    setTimeout(() => {
      throw new Error('no tent')
    })
    setTimeout(() => {
      throw new Error('no tent, again')
    })
    void Promise.reject(new TypeError('no answer'))
  })
  const errors = await trackedOf(['Error Occurred', 'Error Occurred', 'Error Occurred'])
  await page.evaluate(() => window.trailstitch?.flush())
  expect(errors.map(([, { message, kind }]) => `${kind}: ${message}`).sort()).toEqual([
    'error: no tent',
    'error: no tent, again',
    'unhandledrejection: no answer',
  ])
  expect(errors[0]?.[1].stack).toContain('Error')
})

test('web vitals: measured by the library of the page, those of the end included', async () => {
  const library = readFileSync(new URL('../node_modules/web-vitals/dist/web-vitals.js', import.meta.url), 'utf8')
  const { page } = await open({
    attributes: 'data-web-vitals="/web-vitals.js"',
    html: '<h1>Tents</h1><button>Press</button>',
    files: { '/web-vitals.js': library },
  })
  await page.waitForLoadState('networkidle')
  // Interactions that are faster than a few frames are not counted.
  await page.evaluate(() =>
    document.addEventListener('click', () => {
      for (const end = performance.now() + 200; performance.now() < end; );
    }),
  )
  await page.getByRole('button').click()
  // The browser tells of an interaction some time after it, and the library looks at it when nothing else is to do.
  await page.waitForTimeout(2_000)
  await page.goto(`${site?.origin}/next`)
  const measured = async (): Promise<Set<unknown>> =>
    new Set((await trackedOf(['Web Vital Measured'])).map(([, { name }]) => name))
  await expect.poll(measured, { timeout: 20_000 }).toEqual(new Set(['TTFB', 'FCP', 'LCP', 'CLS', 'INP']))
})

test('attribution and masks: the campaign is told on later pages, secrets are told nowhere', async () => {
  const { page } = await open(
    { attributes: 'data-attribution data-masks="token" data-mask-properties="email"' },
    '/?utm_source=news&utm_campaign=spring&token=secret',
  )
  await page.goto(`${site?.origin}/tents?token=secret`)
  await page.evaluate(() =>
    window.trailstitch?.track('Signed Up', { email: 'secret', plan: 'pro of secret@shop.example' }),
  )
  const events = await arrivedWith(collector, ['Signed Up'])
  expect(JSON.stringify(events)).not.toContain('secret')
  expect(events.at(-1)).toMatchObject({
    properties: { plan: 'pro of ' },
    event: { context: { campaign: { source: 'news', name: 'spring' }, attribution: { first: { referrer: '' } } } },
  })
})

test('bots: a browser that a program drives, as this one, sends nothing', async () => {
  const { page } = await open({ attributes: 'data-bots' })
  const requests: string[] = []
  page.on('request', (request) => requests.push(request.url()))
  await page.evaluate(() => {
    window.trailstitch?.track('One')
    return window.trailstitch?.flush()
  })
  expect(requests).toEqual([])
})

test('everything at once runs under a strict content security policy, and the console stays empty', async () => {
  const library = readFileSync(new URL('../node_modules/web-vitals/dist/web-vitals.js', import.meta.url), 'utf8')
  const { page, problems } = await open({
    attributes: `data-clicks="button" data-forms="plan" data-outbound data-scroll-depth data-errors data-media data-masks="token"
      data-attribution data-cross-domain="127.0.0.1 localhost" data-web-vitals="/web-vitals.js" data-consent="assumed"`,
    html: `<form><input name="plan" value="pro"><button id="buy">Buy</button></form><a href="//other.localhost/">away</a>`,
    policy: `default-src 'none'; script-src 'self'; connect-src ${collector.origin}; require-trusted-types-for 'script'`,
    files: { '/web-vitals.js': library },
  })
  await page.context().route(/other\.localhost/, (route) => route.fulfill({ body: 'Elsewhere' }))
  await page.getByRole('button').click()
  await page.waitForURL(/plan=pro/)
  await page.locator('a').click()
  await page.waitForURL(/other\.localhost/)
  await page.goto(`${site?.origin}/next`)
  expect((await trackedOf(['Element Clicked', 'Form Submitted', 'Outbound Link Clicked'])).length).toBeGreaterThan(2)
  expect(problems.filter((text) => !text.includes('favicon'))).toEqual([])
})
