// Builds the page. Text from data only ever becomes text nodes, so nothing in it can run.

/** An element: attributes as they are, `on` handlers by name, children as nodes or text; null and undefined leave out. */
export function el(tag, attributes = {}, ...children) {
  const node = tag === 'svg' || svgTags.has(tag) ? document.createElementNS(svgSpace, tag) : document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value)
    else if (value === true) node.setAttribute(name, '')
    else if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value)
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined))
  return node
}
const svgSpace = 'http://www.w3.org/2000/svg'
const svgTags = new Set(['svg', 'rect', 'line', 'text', 'title'])

/** A panel with a heading; `body` is what changes. */
export function panel(id, heading, ...intro) {
  const body = el('div')
  const root = el('section', { id, class: 'panel', 'aria-labelledby': `${id}-title` })
  root.append(el('h2', { id: `${id}-title` }, heading), ...intro, body)
  return { root, body }
}

/** Asks, and shows one of: loading, the answer, empty (where `render` gives null), failed with a way to try again. */
export async function load(body, ask, render, emptyText) {
  body.setAttribute('aria-busy', 'true')
  if (!body.firstChild) body.replaceChildren(state('Loading…'))
  try {
    const shown = render(await ask())
    body.replaceChildren(shown ?? state(emptyText))
  } catch (error) {
    const retry = el('button', { type: 'button', onclick: () => load(body, ask, render, emptyText) }, 'Try again')
    body.replaceChildren(el('p', { class: 'alert', role: 'alert' }, `This could not be read: ${error.message} `), retry)
  } finally {
    body.removeAttribute('aria-busy')
  }
}

export const state = (text) => el('p', { class: 'state', role: 'status' }, text)

/** Columns are `[heading, cell(row), kind?]`; kind is a class: number or long. */
export function table(caption, columns, rows) {
  const body = el('tbody')
  const add = (more) => {
    for (const row of more) body.append(rowOf(columns, row))
  }
  add(rows)
  const head = el('tr', {}, ...columns.map(([name, , kind]) => el('th', { scope: 'col', class: kind }, name)))
  const root = el(
    'div',
    { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': caption },
    el('table', {}, el('caption', {}, caption), el('thead', {}, head), body),
  )
  return { root, body, add }
}

export function rowOf(columns, row) {
  return el('tr', {}, ...columns.map(([, cell, kind]) => el('td', { class: kind }, cell(row) ?? '–')))
}

/** A table of a paged list, with a button for the next page. Null when it is empty. */
export function pagedTable(caption, columns, first, ask) {
  if (first.items.length === 0) return null
  const shown = table(caption, columns, first.items)
  const note = el('span', { role: 'status' })
  const more = el('button', { type: 'button' }, 'More')
  let cursor = first.nextCursor
  more.hidden = cursor === null
  more.addEventListener('click', async () => {
    more.disabled = true
    note.textContent = ' Loading…'
    try {
      const page = await ask(cursor)
      shown.add(page.items)
      cursor = page.nextCursor
      more.hidden = cursor === null
      note.textContent = ''
    } catch (error) {
      note.textContent = ` This could not be read: ${error.message}`
    }
    more.disabled = false
  })
  return el('div', {}, shown.root, el('p', {}, more, note))
}

/** Names and values; `figures` shows the values large. */
export function facts(pairs, kind = 'facts') {
  const items = pairs.map(([name, value]) => el('div', {}, el('dt', {}, name), el('dd', {}, value)))
  return el('dl', { class: kind }, ...items)
}
export const figures = (pairs) => facts(pairs, 'figures')

const numbers = new Intl.NumberFormat()
const times = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' })
export const number = (value) => numbers.format(value)
export const time = (iso) => el('time', { datetime: iso }, times.format(new Date(iso)))
export const percent = (ratio) => (ratio === null ? '–' : `${(ratio * 100).toFixed(1)} %`)
export function duration(ms) {
  if (ms === null) return '–'
  const seconds = Math.round(ms / 1000)
  const text = `${Math.floor(seconds / 60) % 60} min ${seconds % 60} s`
  return seconds < 60 ? `${seconds} s` : seconds < 3600 ? text : `${Math.floor(seconds / 3600)} h ${text}`
}
export const deviceText = (device) =>
  device ? [device.type, device.browser, device.os].filter(Boolean).join(', ') || null : null
/** Anything as JSON, folded away; nothing when there is nothing in it. */
export const fold = (title, value) =>
  value && Object.keys(value).length > 0
    ? el('details', {}, el('summary', {}, title), el('pre', {}, JSON.stringify(value, null, 2)))
    : null
