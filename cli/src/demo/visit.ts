import type { DemoDevice, DemoPerson } from './people.ts'
import type { Random } from './random.ts'
import { arrivals, type Product, products } from './shop.ts'

/** One step of a visit, without ids and times. */
export type Step =
  | { type: 'page'; path: string; title: string; search: string; referrer: string }
  | { type: 'track'; event: string; properties: Record<string, string | number> }
  | { type: 'identify' }
  | { type: 'group'; groupId: string; name: string }

/** A visit of a person with one device. Its steps are taken one by one, as time goes on. */
export interface Visit {
  person: DemoPerson
  device: DemoDevice
  steps: Step[]
}

export const shopOrigin = 'https://shop.example'

/** Makes up a visit: where it comes from, what is looked at, and how far towards an order it gets. */
export function createVisit(random: Random, person: DemoPerson): Visit {
  const [first, ...others] = person.devices
  const device = random.pick([first, ...others])
  return { person, device, steps: person.bot ? crawl(random) : shop(random, person, device) }
}

function page(path: string, title: string, search = '', referrer = ''): Step {
  return { type: 'page', path, title, search, referrer }
}

const productPage = (product: Product, search = '', referrer = ''): Step =>
  page(`/products/${product.sku}`, product.name, search, referrer)

function crawl(random: Random): Step[] {
  return Array.from({ length: random.whole(2, 8) }, () => productPage(random.pick(products)))
}

/** Roughly: 40 of 100 look at one page, 60 at products, 25 fill a cart, 12 order. */
function shop(random: Random, person: DemoPerson, device: DemoDevice): Step[] {
  const { search, referrer } = random.pick(arrivals)
  const steps: Step[] = [
    random.chance(0.5)
      ? page('/', 'Trail Shop', search, referrer)
      : productPage(random.pick(products), search, referrer),
  ]
  if (random.chance(0.4)) return steps
  if (random.chance(0.3))
    steps.push({ type: 'track', event: 'Search', properties: { query: random.pick(products).category } })
  const cart: Product[] = []
  for (let seen = random.whole(1, 5); seen > 0; seen--) {
    const product = random.pick(products)
    steps.push(productPage(product), { type: 'track', event: 'Product Viewed', properties: productOf(product) })
    if (random.chance(0.25)) {
      cart.push(product)
      steps.push({ type: 'track', event: 'Product Added', properties: productOf(product) })
    }
  }
  if (person.hasAccount && !device.signedIn && random.chance(0.5)) steps.push(...signIn(random))
  if (cart.length > 0) steps.push(...checkOut(random, person, device, cart))
  return steps
}

function signIn(random: Random): Step[] {
  const steps: Step[] = [page('/sign-in', 'Sign in'), { type: 'identify' }]
  if (random.chance(0.1)) steps.push({ type: 'group', groupId: `club-${random.whole(1, 9)}`, name: 'Hiking club' })
  return steps
}

function checkOut(random: Random, person: DemoPerson, device: DemoDevice, cart: readonly Product[]): Step[] {
  const steps: Step[] = [page('/cart', 'Cart')]
  if (random.chance(0.4)) return steps
  const total = cart.reduce((sum, { price }) => sum + price, 0)
  steps.push(page('/checkout', 'Checkout'), { type: 'track', event: 'Checkout Started', properties: { total } })
  if (random.chance(0.25)) return steps
  // Whoever orders signs in, or makes an account on the way.
  if (!person.hasAccount || !device.signedIn) steps.push({ type: 'identify' })
  const order = { orderId: `order-${random.id(8)}`, total, currency: 'EUR', items: cart.length }
  steps.push({ type: 'track', event: 'Order Completed', properties: order }, page('/thanks', 'Thank you'))
  return steps
}

const productOf = ({ sku, name, category, price }: Product) => ({ sku, name, category, price })
