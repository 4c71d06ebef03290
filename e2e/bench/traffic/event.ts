import type { JsonObject, WireEvent } from '@trailstitch/protocol'
import type { Random } from './random.ts'

/** What is the same in all events of a visit. */
export interface Scene {
  anonymousId: string
  userId?: string
  userAgent: string
  locale: string
  screen: { width: number; height: number; density: number }
  /** Query of the address the visit began at, empty without a campaign. */
  search: string
  referrer: string
}

const categories = ['shoes', 'shirts', 'bags', 'coats', 'hats', 'outlet']
const productCount = 1_000
const trackNames = ['Product Viewed', 'Product Added', 'Products Searched', 'Checkout Started', 'Order Completed']
const systems = [
  'Windows NT 10.0; Win64; x64',
  'Macintosh; Intel Mac OS X 10_15_7',
  'X11; Linux x86_64',
  'Linux; Android 14; Pixel 8',
]

/** 200 browsers, about as many as make up nearly all of a shop's visits. */
export const userAgents: readonly string[] = Array.from({ length: 200 }, (_, index) => {
  const system = systems[index % systems.length]
  return `Mozilla/5.0 (${system}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${96 + (index >> 2)}.0.0.0 Safari/537.36`
})

/** Where visits come from: half of them by a link, a quarter by a campaign. */
export const origins: readonly Pick<Scene, 'search' | 'referrer'>[] = [
  { search: '', referrer: '' },
  { search: '', referrer: 'https://www.google.com/' },
  { search: '?utm_source=newsletter&utm_medium=email&utm_campaign=spring', referrer: '' },
  { search: '', referrer: 'https://blog.example.org/best-shoes-of-the-year' },
]

/** An event of about 1 KB, as a browser library of Segment's kind sends it. */
export function createEvent(random: Random, scene: Scene, at: number): WireEvent {
  // Few products are most of what people look at.
  const product = Math.floor(productCount * random.unit() ** 2)
  const sku = `SKU-${product}`
  const category = categories[product % categories.length] as string
  const path = `/${category}/${sku.toLowerCase()}`
  const title = `${category} ${sku} | Example Shop`
  const url = `https://shop.example${path}${scene.search}`
  const page = { path, referrer: scene.referrer, search: scene.search, title, url }
  const common = { ...commonFields(random, scene, at), context: contextOf(scene, page) }
  if (random.chance(0.6)) return { type: 'page', ...common, properties: { ...page, category } }
  const price = 10 + random.below(19_000) / 100
  const properties: JsonObject = {
    product_id: sku,
    sku,
    category,
    name: title,
    brand: 'Example',
    price,
    quantity: 1 + random.below(3),
    currency: 'EUR',
    value: price,
    path,
  }
  return { type: 'track', event: random.pick(trackNames), ...common, properties }
}

/** The event of a sign-in; `scene` has the user already. */
export function createSignIn(random: Random, scene: Scene, at: number): WireEvent {
  const { userId = '' } = scene
  const page = {
    path: '/account',
    referrer: '',
    search: '',
    title: 'Your account',
    url: 'https://shop.example/account',
  }
  const traits = { email: `${userId}@mail.example`, name: `Customer ${userId}`, plan: random.pick(['basic', 'plus']) }
  return { type: 'identify', ...commonFields(random, scene, at), context: contextOf(scene, page), traits }
}

function commonFields(random: Random, { anonymousId, userId }: Scene, at: number) {
  const hex = random.hex(32)
  const messageId = `ajs-next-${at}-${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16)}`
  // Events wait a moment in the browser before they are sent.
  const timestamp = new Date(at - random.below(2_000)).toISOString()
  return { messageId, anonymousId, ...(userId !== undefined && { userId }), timestamp, integrations: {} }
}

type Page = { path: string; referrer: string; search: string; title: string; url: string }

const contextOf = ({ userAgent, locale, screen }: Scene, page: Page) => ({
  page,
  userAgent,
  locale,
  screen,
  timezone: 'Europe/Vienna',
  library: { name: 'analytics.js', version: 'npm:next-1.84.3' },
})
