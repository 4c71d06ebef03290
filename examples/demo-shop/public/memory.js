import { findProduct } from './catalogue.js'

/** What the shop itself remembers of a person: the cart and who is signed in. Lost where storage is blocked. */
function read(key, fallback) {
  try {
    return JSON.parse(localStorage.getItem(key)) ?? fallback
  } catch {
    return fallback
  }
}

function write(key, value) {
  try {
    localStorage.setItem(key, JSON.stringify(value))
  } catch {
    // Then it lasts as long as the page.
  }
}

let cart = read('demo-shop-cart', {})
let person = read('demo-shop-person', null)

/** Lines of the cart: product and quantity. */
export const cartLines = () =>
  Object.entries(cart)
    .map(([id, quantity]) => ({ product: findProduct(id), quantity }))
    .filter(({ product }) => product)

export const cartCount = () => cartLines().reduce((sum, { quantity }) => sum + quantity, 0)
export const cartTotal = () => cartLines().reduce((sum, { product, quantity }) => sum + product.price * quantity, 0)

/** Sets how many of a product are in the cart; 0 takes it out. */
export function setQuantity(id, quantity) {
  const { [id]: _before, ...others } = cart
  cart = quantity > 0 ? { ...others, [id]: quantity } : others
  write('demo-shop-cart', cart)
}

export const quantityOf = (id) => cart[id] ?? 0

export function emptyCart() {
  cart = {}
  write('demo-shop-cart', cart)
}

/** `{ email, name }`, or null. */
export const signedIn = () => person

export function setSignedIn(next) {
  person = next
  write('demo-shop-person', person)
}
