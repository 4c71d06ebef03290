/**
 * The shop's side of tracking, in both forms that a site has: the script tag, or with `?sdk=npm` the package, whose
 * modules a bundler would otherwise put into the page's own. Should either be blocked, the shop works on without it.
 */
let onSent = () => {}
let analytics

/** Loads the client; resolves when it is there, or can't be had. `listener` hears of every call. */
export async function startTracking(listener) {
  onSent = listener
  try {
    const settings = await (await fetch('config.json')).json()
    const isPackage = new URLSearchParams(location.search).get('sdk') === 'npm'
    analytics = await (isPackage ? loadPackage(settings) : loadScript('/sdk/v1.js', settings))
  } catch (error) {
    console.warn('The shop runs without tracking:', error)
  }
}

/** On a page of your own: `import { createAnalytics } from '@trailstitch/sdk'`. */
async function loadPackage({ writeKey, endpoint }) {
  const load = (path) => import(new URL(`sdk/${path}`, location).href)
  const [{ createAnalytics }, { pageViews }] = await Promise.all([load('index.js'), load('plugins/page-views.js')])
  return createAnalytics({ writeKey, endpoint, plugins: [pageViews()] })
}

/** On a page of your own it is one line of HTML; here the write key comes from the server. */
function loadScript(src, { writeKey, endpoint }) {
  return new Promise((resolve, reject) => {
    const script = document.createElement('script')
    script.src = src
    Object.assign(script.dataset, { writeKey, endpoint })
    script.addEventListener('load', () => resolve(window.trailstitch))
    script.addEventListener('error', () => reject(new Error(`${src} could not be loaded`)))
    document.head.append(script)
  })
}

export const visitor = () => analytics?.anonymousId()

export function track(name, properties) {
  analytics?.track(name, properties)
  onSent(name)
}

export function identify(...given) {
  analytics?.identify(...given)
  onSent('identify')
}

export function forget() {
  analytics?.reset()
}

/** A product as Segment's e-commerce events name it. */
export const describe = ({ id, name, category, price }, quantity) => ({
  product_id: id,
  name,
  category,
  price,
  currency: 'EUR',
  ...(quantity !== undefined && { quantity }),
})
