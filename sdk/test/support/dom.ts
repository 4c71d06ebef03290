import type { TestBrowser, TestPage } from './browser.ts'
import type { SentEvent } from './server.ts'

/** As much of an element as events and plugins need. */
export interface FakeElement {
  localName: string
  id: string
  dataset: Record<string, string>
  matches(selector: string): boolean
  getAttribute(name: string): string | null
  [field: string]: unknown
}

/** `selector` may be a list of `tag[attribute]…`, with either part left out. */
function matches(tag: string, attributes: Record<string, string>, selector: string): boolean {
  return selector.split(',').some((one) => {
    const [, wanted, rest = ''] = /^(\w*)((?:\[[\w-]+\])*)$/.exec(one.trim()) ?? []
    if (wanted === undefined) throw new DOMException(`no selector: ${selector}`, 'SyntaxError')
    const names = [...rest.matchAll(/\[([\w-]+)\]/g)].map(([, name = '']) => name)
    return (wanted === '' || wanted === tag) && names.every((name) => name in attributes)
  })
}

export function createElement(tag: string, attributes: Record<string, string> = {}, fields: object = {}): FakeElement {
  const data = Object.entries(attributes).filter(([name]) => name.startsWith('data-'))
  const camel = (name: string): string => name.slice(5).replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
  return Object.assign(attributes.href === undefined ? {} : new URL(attributes.href, 'https://shop.example/'), {
    localName: tag,
    id: attributes.id ?? '',
    dataset: Object.fromEntries(data.map(([name, value]) => [camel(name), value])),
    matches: (selector: string) => matches(tag, attributes, selector),
    getAttribute: (name: string) => attributes[name] ?? null,
    ...fields,
  }) as unknown as FakeElement
}

/** Something happens in the first of these elements, the others being around it. */
export function happen({ window }: TestPage, type: string, path: FakeElement[], fields: object = {}): void {
  const event = Object.assign(new Event(type), fields)
  Object.defineProperty(event, 'target', { value: path[0] })
  Object.defineProperty(event, 'composedPath', { value: () => [...path, window.document, window] })
  window.document.dispatchEvent(event)
}

/** The `track` events that arrived once a minute has passed: names and properties. */
export async function trackedIn(browser: TestBrowser): Promise<[unknown, unknown][]> {
  await browser.clock.advance(60_000)
  return trackOf(browser.server.taken)
}

export const trackOf = (events: SentEvent[]): [unknown, unknown][] =>
  events.filter(({ type }) => type === 'track').map(({ event, properties }) => [event, properties])
