type Child = Node | string

/** An HTML element with attributes and children. Texts stay texts, whatever is in them. */
export function html<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Record<string, string> = {},
  ...children: Child[]
): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value)
  element.append(...children)
  return element
}

/** The same for SVG. */
export function svg(name: string, attributes: Record<string, string | number> = {}, ...children: Child[]): SVGElement {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name)
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value))
  element.append(...children)
  return element
}

/** A table with a caption; cells of the first column are heads of their rows. */
export function table(
  options: { caption: string; className?: string },
  heads: readonly string[],
  rows: readonly (readonly Child[])[],
): HTMLTableElement {
  const row = (cells: readonly Child[]) =>
    html(
      'tr',
      {},
      ...cells.map((cell, index) => (index === 0 ? html('th', { scope: 'row' }, cell) : html('td', {}, cell))),
    )
  return html(
    'table',
    options.className === undefined ? {} : { class: options.className },
    html('caption', { class: 'hidden' }, options.caption),
    html('thead', {}, html('tr', {}, ...heads.map((head) => html('th', { scope: 'col' }, head)))),
    html('tbody', {}, ...rows.map(row)),
  )
}
