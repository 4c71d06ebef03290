/**
 * The shop's side of tracking. The script tag is put in here, since its write key comes from the server; on a page of
 * your own it is one line of HTML. Should the script be blocked, the shop works on without it.
 */
let onSent = () => {}

/** Loads the script; resolves when it is there, or can't be had. `listener` hears of every call. */
export async function startTracking(listener) {
  onSent = listener
  try {
    const { writeKey, endpoint } = await (await fetch('config.json')).json()
    await loadScript('/sdk/v1.js', { writeKey, endpoint })
  } catch (error) {
    console.warn('The shop runs without tracking:', error)
  }
}

function loadScript(src, data) {
  return new Promise((resolve, reject) => {
    const script = document.createElement('script')
    script.src = src
    Object.assign(script.dataset, data)
    script.addEventListener('load', resolve)
    script.addEventListener('error', () => reject(new Error(`${src} could not be loaded`)))
    document.head.append(script)
  })
}

export const visitor = () => window.trailstitch?.anonymousId()

export function track(name, properties) {
  window.trailstitch?.track(name, properties)
  onSent(name)
}

export function identify(...given) {
  window.trailstitch?.identify(...given)
  onSent('identify')
}

export function forget() {
  window.trailstitch?.reset()
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
