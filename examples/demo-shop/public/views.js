import { findProduct, formatPrice, products } from './catalogue.js'
import { announce, drawing, el } from './dom.js'
import { cartLines, cartTotal, emptyCart, quantityOf, setQuantity, setSignedIn, signedIn } from './memory.js'
import { describe, forget, identify, track } from './tracking.js'

/** Each view answers its title and content; `shop` has `go(address)` and `refresh()`. */
const heading = (text) => el('h1', {}, text)
const link = (href, text, className) => el('a', { href, 'data-route': true, class: className ?? null }, text)

export function listView() {
  const card = ({ id, name, category, price, art, tone }) =>
    el(
      'li',
      { class: 'card' },
      el(
        'a',
        { href: `?product=${id}`, 'data-route': true },
        el('div', { class: `art ${tone}` }, drawing(art)),
        el('span', { class: 'category' }, category),
        el('span', { class: 'name' }, name),
        el('span', { class: 'price' }, formatPrice(price)),
      ),
    )
  return {
    title: 'Things for long walks',
    content: [
      el(
        'div',
        { class: 'hero' },
        heading('Things for long walks'),
        el('p', {}, 'Eight of them, each made to be mended. We would rather you bought one than two.'),
      ),
      el('ul', { class: 'grid' }, products.map(card)),
    ],
  }
}

export function productView(shop, id) {
  const product = findProduct(id)
  if (!product) return missingView()
  const add = () => {
    setQuantity(id, quantityOf(id) + 1)
    track('Product Added', describe(product, 1))
    announce(`${product.name} is in your cart`)
    shop.refresh()
  }
  track('Product Viewed', describe(product))
  return {
    title: product.name,
    content: el(
      'article',
      { class: 'product' },
      el('div', { class: `art large ${product.tone}` }, drawing(product.art)),
      el(
        'div',
        { class: 'words' },
        el('p', { class: 'category' }, product.category),
        heading(product.name),
        el('p', { class: 'price' }, formatPrice(product.price)),
        el('p', {}, product.text),
        el(
          'div',
          { class: 'actions' },
          el('button', { type: 'button', click: add }, 'Add to cart'),
          link('?view=cart', 'Go to cart', 'plain'),
        ),
        el('p', { class: 'small' }, 'Sent within two days. Send it back within a year, used or not.'),
      ),
    ),
  }
}

export function cartView(shop) {
  const change = (product, quantity) => () => {
    const isMore = quantity > quantityOf(product.id)
    track(isMore ? 'Product Added' : 'Product Removed', describe(product, 1))
    setQuantity(product.id, quantity)
    shop.refresh()
    shop.show()
  }
  const line = ({ product, quantity }) =>
    el(
      'li',
      { class: 'line' },
      el('div', { class: `art tiny ${product.tone}` }, drawing(product.art)),
      el(
        'div',
        { class: 'what' },
        link(`?product=${product.id}`, product.name),
        el('span', { class: 'small' }, formatPrice(product.price)),
      ),
      el(
        'div',
        { class: 'stepper', role: 'group', 'aria-label': `Quantity of ${product.name}` },
        el('button', { type: 'button', 'aria-label': 'One less', click: change(product, quantity - 1) }, '−'),
        el('span', {}, String(quantity)),
        el('button', { type: 'button', 'aria-label': 'One more', click: change(product, quantity + 1) }, '+'),
      ),
      el('span', { class: 'price' }, formatPrice(product.price * quantity)),
    )
  const lines = cartLines()
  if (!lines.length)
    return {
      title: 'Cart',
      content: [heading('Your cart is empty'), el('p', {}, link('./', 'Back to the shelves', 'button'))],
    }
  return {
    title: 'Cart',
    content: [
      heading('Your cart'),
      el('ul', { class: 'lines' }, lines.map(line)),
      el('p', { class: 'total' }, 'Together ', el('strong', {}, formatPrice(cartTotal()))),
      el('p', {}, link('?view=checkout', 'Check out', 'button')),
    ],
  }
}

export function checkoutView(shop) {
  const lines = cartLines()
  if (!lines.length) return cartView(shop)
  const bought = lines.map(({ product, quantity }) => describe(product, quantity))
  const [total, person] = [cartTotal(), signedIn()]
  track('Checkout Started', { value: total, currency: 'EUR', products: bought })
  const order = (event) => {
    event.preventDefault()
    const { email, name, delivery } = Object.fromEntries(new FormData(event.target))
    const orderId = `TF-${Math.random().toString(36).slice(2, 8).toUpperCase()}`
    if (!person) signIn({ email, name })
    track('Order Completed', { order_id: orderId, total, revenue: total, currency: 'EUR', delivery, products: bought })
    emptyCart()
    shop.go(`?view=thanks&order=${orderId}`)
  }
  const choice = (value, text, checked) =>
    el('label', { class: 'choice' }, el('input', { type: 'radio', name: 'delivery', value, checked }), text)
  return {
    title: 'Check out',
    content: el(
      'form',
      { class: 'form', submit: order },
      heading('Check out'),
      el(
        'p',
        {},
        `${formatPrice(total)} for ${lines.length === 1 ? lines[0].product.name : `${lines.length} things`}.`,
      ),
      field('name', 'Name', { autocomplete: 'name', value: person?.name ?? '' }),
      field('email', 'E-mail', { type: 'email', autocomplete: 'email', value: person?.email ?? '' }),
      el(
        'fieldset',
        {},
        el('legend', {}, 'Delivery'),
        choice('post', 'By post', true),
        choice('bicycle', 'By bicycle, slower'),
      ),
      el('button', { type: 'submit' }, 'Place the order'),
      el('p', { class: 'small' }, 'Nothing is charged. Nothing will come, either.'),
    ),
  }
}

export function thanksView(_shop, order) {
  return {
    title: 'Thank you',
    content: [
      heading('Thank you'),
      el('p', {}, 'Your order ', el('strong', {}, order), ' is on its way, in a manner of speaking.'),
      el('p', {}, link('./', 'Back to the shelves', 'button')),
    ],
  }
}

export function accountView(shop) {
  const person = signedIn()
  const enter = (event) => {
    event.preventDefault()
    signIn(Object.fromEntries(new FormData(event.target)))
    announce('You are signed in')
    shop.refresh()
    shop.go('./')
  }
  const leave = () => {
    track('Signed Out', {})
    forget()
    setSignedIn(null)
    announce('You are signed out')
    shop.refresh()
    shop.show()
  }
  if (person)
    return {
      title: 'Your account',
      content: [
        heading(`Hello, ${person.name || person.email}`),
        el('p', {}, `You are signed in as ${person.email}.`),
        el('button', { type: 'button', click: leave }, 'Sign out'),
        el('p', { class: 'small' }, 'Signing out makes this browser a new visitor.'),
      ],
    }
  return {
    title: 'Sign in',
    content: el(
      'form',
      { class: 'form', submit: enter },
      heading('Sign in'),
      el('p', {}, 'Any address will do, and there is no password.'),
      field('name', 'Name', { autocomplete: 'name' }),
      field('email', 'E-mail', { type: 'email', autocomplete: 'email', placeholder: 'ada@example.com' }),
      el('button', { type: 'submit' }, 'Sign in'),
    ),
  }
}

export const missingView = () => ({
  title: 'Not here',
  content: [heading('We don’t have that'), el('p', {}, link('./', 'Back to the shelves', 'button'))],
})

/** The shop takes the e-mail address as user id; a real one has ids of its own. */
function signIn({ email, name }) {
  setSignedIn({ email, name })
  identify(email.trim().toLowerCase(), { email, name })
  track('Signed In', { method: 'e-mail' })
}

const field = (name, label, attributes) =>
  el(
    'div',
    { class: 'field' },
    el('label', { for: name }, label),
    el('input', { id: name, name, required: true, ...attributes }),
  )
