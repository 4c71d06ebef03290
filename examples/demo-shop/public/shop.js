import { announce, el, find } from './dom.js'
import { cartCount, signedIn } from './memory.js'
import { identify, startTracking, track, visitor } from './tracking.js'
import { accountView, cartView, checkoutView, listView, missingView, productView, thanksView } from './views.js'

/** Which view an address asks for: `?product=ID`, `?view=cart`; campaign parameters and none at all are the shelves. */
function chooseView(search) {
  const params = new URLSearchParams(search)
  if (params.has('product')) return productView(shop, params.get('product'))
  const views = { cart: cartView, checkout: checkoutView, account: accountView, thanks: thanksView }
  const view = params.get('view')
  if (view === null) return listView(shop)
  return Object.hasOwn(views, view) ? views[view](shop, params.get('order') ?? '') : missingView()
}

const shop = {
  /** To another address, as a link would. */
  go(address) {
    if (new URL(address, location.href).href !== location.href) listEvent('page')
    history.pushState({}, '', address)
    shop.show()
    scrollTo(0, 0)
    find('main').focus({ preventScroll: true })
  },
  /** Draws what the address asks for. */
  show() {
    const { title, content } = chooseView(location.search)
    document.title = `${title} · Tarn & Fell`
    find('main').replaceChildren(...[content].flat())
    for (const link of document.querySelectorAll('nav a')) {
      const isHere = link.getAttribute('href') === (location.search || './')
      if (isHere) link.setAttribute('aria-current', 'page')
      else link.removeAttribute('aria-current')
    }
    shop.refresh()
  },
  /** Draws what stands around the view. */
  refresh() {
    const person = signedIn()
    find('cart-count').textContent = String(cartCount())
    find('account-link').textContent = person ? 'Account' : 'Sign in'
    const id = visitor()
    find('visitor').textContent = id ?? 'tracking is blocked'
    find('user').textContent = person ? person.email : 'not signed in'
    find('journey-link').href = id ? `/?search=${encodeURIComponent(id)}#people` : '/'
  },
}

const shownEvents = 6

/** Lists an event in the panel, latest first. */
function listEvent(name) {
  const time = new Date().toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', second: '2-digit' })
  const list = find('events')
  list.prepend(el('li', {}, el('span', {}, name), el('time', {}, time)))
  while (list.children.length > shownEvents) list.lastChild.remove()
}

/** Links within the shop draw another view in place of loading a page. */
function onClick(event) {
  const link = event.target.closest('a[data-route]')
  const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey
  if (!link || !isPlain) return
  event.preventDefault()
  shop.go(link.href)
}

function onNewsletter(event) {
  event.preventDefault()
  const { email } = Object.fromEntries(new FormData(event.target))
  identify({ email, newsletter: true })
  track('Newsletter Joined', { place: 'footer' })
  event.target.reset()
  announce('Welcome. The next letter comes with the season.')
}

document.addEventListener('click', onClick)
find('newsletter').addEventListener('submit', onNewsletter)
addEventListener('popstate', () => {
  listEvent('page')
  shop.show()
})
await startTracking(listEvent)
listEvent('page')
shop.show()
