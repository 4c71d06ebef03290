import { expect, test } from 'vitest'
import { type AttributionOptions, attribution, type Touch } from '../../src/plugins/attribution.ts'
import { createBrowser, type TestBrowser, type TestPage } from '../support/browser.ts'

interface Told {
  campaign?: object
  attribution: { first: Touch; last: Touch }
}

/** A visit: a page is opened, and says who came. */
async function visit(browser: TestBrowser, address: string, referrer = '', options?: AttributionOptions) {
  const page: TestPage = browser.open(
    {
      plugins: [({ window }) => void Object.assign(window.document, { referrer }), attribution(options)],
    },
    address,
  )
  const told = async (): Promise<Told> => {
    page.analytics.track('One')
    await browser.clock.advance(60_000)
    return browser.server.taken.at(-1)?.context as unknown as Told
  }
  return { page, told }
}
const shop = 'https://shop.example'
const hour = 3_600_000

test('utm parameters are the campaign, named as Segment does, for the whole visit but not for later ones', async () => {
  const browser = createBrowser()
  const campaign = { name: 'spring sale', source: 'news', medium: 'email', term: 'tents', content: 'top' }
  const query = '?utm_campaign=spring+sale&utm_source=news&utm_medium=email&utm_term=tents&utm_content=top&utm_id='
  const landing = await visit(browser, `${shop}/${query}`)
  expect((await landing.told()).campaign).toEqual(campaign)
  await landing.page.kill()
  const next = await visit(browser, `${shop}/tents`, `${shop}/${query}`)
  expect((await next.told()).campaign).toEqual(campaign)
  await next.page.kill()
  await browser.clock.advance(hour)
  const later = await visit(browser, `${shop}/`)
  const told = await later.told()
  expect(told.campaign).toBeUndefined()
  expect(told.attribution.last.campaign).toEqual(campaign)
})

test('the first touch stays, the last one moves, and a direct visit moves nothing', async () => {
  const browser = createBrowser()
  const at = new Date(browser.clock.now()).toISOString()
  const first = { at, landing: 'shop.example/tents', referrer: 'https://search.example/' }
  expect((await (await visit(browser, `${shop}/tents`, 'https://search.example/?q=ada')).told()).attribution).toEqual({
    first,
    last: first,
  })
  await browser.clock.advance(hour)
  const direct = await (await visit(browser, `${shop}/`)).told()
  expect(direct.attribution).toEqual({ first, last: first })
  const paid = await (await visit(browser, `${shop}/?gclid=secret`)).told()
  expect(paid.attribution).toMatchObject({ first, last: { landing: 'shop.example/', clickId: 'gclid' } })
  expect(JSON.stringify(paid.attribution)).not.toContain('secret')
})

test('a step inside the site, and from one of your other domains, is no touch', async () => {
  const browser = createBrowser()
  const options = { inside: ['shop-help.example'] }
  const { attribution } = await (await visit(browser, `${shop}/`, '', options)).told()
  await visit(browser, `${shop}/tents`, `${shop}/`, options)
  const told = await (await visit(browser, `${shop}/tents`, 'https://www.shop-help.example/', options)).told()
  expect(told.attribution).toEqual(attribution)
})

test('whoever is new after a reset has no past', async () => {
  const browser = createBrowser()
  await (await visit(browser, `${shop}/?utm_source=news`)).told()
  await browser.clock.advance(hour)
  const { page, told } = await visit(browser, `${shop}/account`)
  expect((await told()).attribution.first.campaign).toEqual({ source: 'news' })
  page.analytics.reset()
  expect((await told()).attribution.first).toMatchObject({ landing: 'shop.example/account' })
})

test('a campaign that the call names wins, and storage may be blocked', async () => {
  const browser = createBrowser()
  browser.storage.blocked = true
  const { page, told } = await visit(browser, `${shop}/?utm_source=news`)
  expect((await told()).campaign).toEqual({ source: 'news' })
  page.analytics.track('Two', {}, { context: { campaign: { source: 'own' } } })
  await browser.clock.advance(60_000)
  expect(browser.server.taken.at(-1)?.context).toMatchObject({ campaign: { source: 'own' } })
})

test('what it stores is under the write key, and broken storage is as none', async () => {
  const browser = createBrowser()
  browser.stored.set('trailstitch:wk:touches', '{"first')
  const told = await (await visit(browser, `${shop}/`)).told()
  expect(told.attribution.first.landing).toBe('shop.example/')
  expect(JSON.parse(browser.stored.get('trailstitch:wk:touches') ?? '')).toMatchObject({
    first: told.attribution.first,
  })
})
