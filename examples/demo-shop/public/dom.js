const svgSpace = 'http://www.w3.org/2000/svg'

/** An element with attributes (functions are listeners) and children; what is null or false is left out. */
export function el(name, attributes = {}, ...children) {
  const element = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(key, value)
    else if (value !== null && value !== false) element.setAttribute(key, value === true ? '' : value)
  }
  element.append(...children.flat().filter((child) => child !== null && child !== false))
  return element
}

/** A drawing of products.svg; decoration, the name stands beside it. */
export function drawing(name) {
  const svg = document.createElementNS(svgSpace, 'svg')
  svg.setAttribute('viewBox', '0 0 120 100')
  svg.setAttribute('aria-hidden', 'true')
  const use = document.createElementNS(svgSpace, 'use')
  use.setAttribute('href', `products.svg#${name}`)
  svg.append(use)
  return svg
}

export const find = (id) => document.getElementById(id)

/** Says something to everybody, screen readers included, for a moment. */
export function announce(text) {
  const status = find('status')
  status.textContent = text
  status.classList.add('shown')
  clearTimeout(Number(status.dataset.timer))
  status.dataset.timer = String(setTimeout(() => status.classList.remove('shown'), 3_000))
}
