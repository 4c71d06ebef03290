import type { ChunkPart, JsonObject, Project } from '@trailstitch/protocol'
import { isbot } from 'isbot'
import { describe, expect, it } from 'vitest'
import { createEnricher } from '../../src/steps/enrich.ts'
import { pageView, partOf, storedEvent } from '../support.ts'

const enrichNow = createEnricher({ countryOf: (ip) => (ip === '203.0.113.7' ? 'DE' : undefined) })
const enrich = (
  fields: Parameters<typeof storedEvent>[0],
  part: Partial<ChunkPart> = {},
  project: Pick<Project, 'ipPolicy'> = {},
) => enrichNow(storedEvent(fields), partOf(part), project)

const chrome =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36'
const safari =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.1 Mobile/15E148 Safari/604.1'
const googlebot = 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)'

describe('the page', () => {
  it('of a page call is that of its properties, then of its context', () => {
    const event = enrich({
      properties: { url: 'https://Shop.Example/cart?x=1', title: 'Cart' },
      context: { page: { url: 'https://other.example/old', path: '/old', title: 'Old', referrer: 'https://t.co/1' } },
    })
    expect(event).toMatchObject({ path: '/cart', host: 'shop.example', title: 'Cart', touch: { source: 'x' } })
  })

  it('of another event is that of its context alone', () => {
    const properties = { url: 'https://clicked.example/away', path: '/away', title: 'Away' }
    expect(enrich({ type: 'track', properties })).not.toHaveProperty('path')
    const event = enrich({ type: 'track', properties, context: { page: { path: '/cart?x#y', title: 'Cart' } } })
    expect(event).toMatchObject({ path: '/cart', title: 'Cart' })
    expect(event).not.toHaveProperty('host')
  })

  it('has a path of at most 2,000 characters', () => {
    expect(enrich({ properties: { path: `/${'x'.repeat(5000)}` } }).path).toHaveLength(2000)
  })
})

describe('device and bot', () => {
  it('come from the user agent of the context', () => {
    const event = enrich({ context: { userAgent: chrome } }, { userAgent: 'node' })
    expect(event.device).toEqual({
      type: 'desktop',
      browser: 'Chrome',
      browserVersion: '120.0.0.0',
      os: 'Windows',
      osVersion: '10',
    })
    expect(event).not.toHaveProperty('bot')
  })

  it('come from the request where a browser sent it', () => {
    expect(enrich({}, { userAgent: safari }).device).toMatchObject({ type: 'mobile', browser: 'Safari', os: 'iOS' })
    expect(enrich({}, { userAgent: googlebot })).toMatchObject({
      bot: 'user_agent: Google',
      device: { type: 'bot', browser: 'Googlebot' },
    })
  })

  it.each(['-', '', chrome, googlebot, 'curl/8.5.0', 'node', 'x', 'Mozilla/5.0', 'x'.repeat(5000)])(
    'are marked by isbot on the context’s user agent as it stands: %s',
    (userAgent) => {
      const event = enrich({ context: { userAgent } }, { operator: true })
      expect(event.bot !== undefined).toBe(isbot(userAgent))
    },
  )

  it.each([
    ['node', { library: { name: '@segment/analytics-node', version: '2' } }],
    ['python-requests/2.32', { library: { name: 'analytics-python' } }],
    ['Go-http-client/1.1', {}],
    ['curl/8.5.0', undefined],
    ['okhttp/4.12', { library: { name: 'analytics-android' } }],
    ['MyShop/3.2', { library: { name: '@segment/analytics-react-native' } }],
    ['MyServer/1.0', { channel: 'server' }],
    ['analytics-php/3.1', {}],
  ])('are not made of a program’s own user agent: %s', (userAgent, context) => {
    const event = enrich({ ...(context && { context: context as JsonObject }) }, { userAgent })
    expect(event).not.toHaveProperty('bot')
    expect(event).not.toHaveProperty('device')
  })

  it('are read for analytics.js, which is a browser’s', () => {
    const context = { library: { name: 'analytics.js', version: 'npm:next-1.70' } }
    expect(enrich({ context }, { userAgent: googlebot }).bot).toBeDefined()
  })

  it('of an app are what its library reports', () => {
    const app = { os: { name: 'iOS', version: '17.1' }, device: { type: 'ios' }, library: { name: 'analytics-swift' } }
    expect(enrich({ context: app }, { userAgent: 'Shop/1 CFNetwork/1404' }).device).toEqual({
      type: 'mobile',
      os: 'iOS',
      osVersion: '17.1',
    })
    const dalvik = { userAgent: 'Dalvik/2.1.0 (Linux; U; Android 9; SM-G960F)', device: { type: 'android' } }
    expect(enrich({ context: dalvik }).device).toEqual({ type: 'mobile', os: 'Android', osVersion: '9' })
  })
})

describe('the address', () => {
  it('is cut to the project’s policy wherever it is stored, after the country was looked up', () => {
    const context = { ip: '203.0.113.7', locale: 'de' }
    expect(enrich({ context })).toMatchObject({ ip: '203.0.113.0', country: 'DE', context: { ip: '203.0.113.0' } })
    expect(enrich({ context }, {}, { ipPolicy: 'full' })).toMatchObject({ ip: '203.0.113.7', context })
    const none = enrich({ context }, { ip: '203.0.113.7' }, { ipPolicy: 'none' })
    expect(none).toMatchObject({ country: 'DE', context: { locale: 'de' } })
    expect(JSON.stringify(none)).not.toContain('203.0.113')
  })

  it('of the context wins over that of the request', () => {
    expect(enrich({ context: { ip: '198.51.100.9' } }, { ip: '203.0.113.7' }).ip).toBe('198.51.100.0')
  })

  it('of the context is dropped where it is none', () => {
    for (const ip of ['unknown', '203.0.113.7x', 7, null, {}]) {
      const event = enrich({ context: { ip } }, { ip: '203.0.113.7' })
      expect(event.ip).toBe('203.0.113.0')
      expect(event.context).toEqual({})
    }
  })

  it('of a server is not the person’s', () => {
    const ip = '203.0.113.7'
    const library = { name: 'analytics-ruby' }
    expect(enrich({ context: { library } }, { ip })).not.toHaveProperty('ip')
    expect(enrich({ context: { library, direct: true } }, { ip }).ip).toBe('203.0.113.0')
    expect(enrich({ context: { userAgent: chrome } }, { ip, userAgent: 'node' })).not.toHaveProperty('ip')
    expect(enrich({}, { ip, operator: true })).not.toHaveProperty('ip')
    expect(enrich({ context: { channel: 'mobile' } }, { ip, userAgent: 'okhttp/4' }).ip).toBe('203.0.113.0')
  })
})

describe('the touch', () => {
  const touchOf = (url: string, referrer?: string, context?: JsonObject) =>
    enrichNow(pageView(url, referrer, context), partOf(), {}).touch

  it('has all that the campaign says', () => {
    const query = 'utm_source=June+News&utm_medium=email&utm_campaign=sale&utm_term=shoes&utm_content=top%20link'
    expect(touchOf(`https://shop.example/?${query}`, 'https://mail.google.com/mail')).toEqual({
      channel: 'Email',
      source: 'June News',
      medium: 'email',
      campaign: 'sale',
      term: 'shoes',
      content: 'top link',
      referrer: 'mail.google.com',
    })
  })

  it('takes the context’s campaign first and the query for what it lacks', () => {
    const campaign = { name: 'spring', source: 'ctx', medium: ' ', term: 7 }
    const touch = touchOf('https://shop.example/?utm_source=q&UTM_MEDIUM=email', undefined, { campaign })
    expect(touch).toEqual({ channel: 'Email', source: 'ctx', medium: 'email', campaign: 'spring' })
  })

  it('needs no page if there is a campaign', () => {
    expect(enrich({ type: 'screen', context: { campaign: { source: 'push', medium: 'push' } } }).touch?.channel).toBe(
      'Mobile Push',
    )
  })

  it.each([
    ['https://www.google.com/', { channel: 'Organic Search', source: 'google', medium: 'organic' }],
    ['https://www.linkedin.com/feed', { channel: 'Organic Social', source: 'linkedin', medium: 'referral' }],
    ['https://www.blog.example:8080/x', { channel: 'Referral', source: 'blog.example', medium: 'referral' }],
    ['https://chatgpt.com/', { channel: 'AI Assistants', source: 'chatgpt', medium: 'referral' }],
    ['android-app://com.google.android.gm/', { channel: 'Email', source: 'gmail', medium: 'referral' }],
  ])('of a visit from %s', (referrer, expected) => {
    const host = /\/\/([^/:]+)/.exec(referrer)?.[1]
    expect(touchOf('https://shop.example/', referrer)).toEqual({ ...expected, referrer: host })
  })

  it.each([undefined, '', '-', 'about:blank'])('of a visit without a referrer (%j) is direct', (referrer) => {
    expect(touchOf('https://shop.example/', referrer)).toEqual({ channel: 'Direct' })
  })

  it('is none for a step inside the site, unless a campaign says otherwise', () => {
    expect(touchOf('https://shop.example/b', 'https://www.shop.example:443/a')).toBeUndefined()
    expect(touchOf('https://shop.example/b?utm_source=flyer', 'https://shop.example/a')).toEqual({
      channel: 'Unassigned',
      source: 'flyer',
    })
    expect(touchOf('https://shop.example/b', 'https://blog.shop.example/a')?.channel).toBe('Referral')
  })

  it('is none for events without a page', () => {
    expect(enrich({ type: 'track', context: { userAgent: chrome } })).not.toHaveProperty('touch')
    expect(enrich({ type: 'page', properties: { url: 'about:blank' } })).not.toHaveProperty('touch')
    expect(enrich({ type: 'identify', context: { page: { title: 'x' } } })).not.toHaveProperty('touch')
  })
})
