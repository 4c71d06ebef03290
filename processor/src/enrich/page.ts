import type { StoredEvent } from '@trailstitch/protocol'
import { asObject, asText } from './fields.ts'
import { splitUrl } from './url.ts'

/** What an event says of the page it happened on. */
export interface PageFacts {
  /** Without query and fragment, at most 2,000 characters. */
  path?: string
  host?: string
  title?: string
  /** As sent: a URL, sometimes a bare host. */
  referrer?: string
  /** The query of the page's URL, without `?`. */
  query: string
}

const maxPathLength = 2000

/**
 * Reads the page. The properties of a page or screen call are about the page and win over `context.page`; those of
 * other events are not looked at, where a `url` may well be the link that was clicked. Undefined when there is nothing.
 */
export function readPage(event: Pick<StoredEvent, 'type' | 'properties' | 'context'>): PageFacts | undefined {
  const page = asObject(event.context?.page)
  const own = event.type === 'page' || event.type === 'screen' ? event.properties : undefined
  const linkedFrom = asObject(event.context?.referrer)
  if (!page && !own && !linkedFrom) return undefined
  const ownUrl = asText(own?.url)
  const url = ownUrl ?? asText(page?.url)
  const parts = url === undefined ? undefined : splitUrl(url)
  const givenPath = asText(own?.path) ?? (ownUrl === undefined ? asText(page?.path) : undefined)
  const path = (givenPath === undefined ? undefined : splitUrl(givenPath).path) ?? parts?.path ?? asText(page?.path)
  const title = asText(own?.title) ?? asText(page?.title)
  const referrer = asText(own?.referrer) ?? asText(page?.referrer) ?? asText(linkedFrom?.url)
  if (url === undefined && path === undefined && title === undefined && referrer === undefined) return undefined
  const facts: PageFacts = { query: parts?.query || readSearch(own?.search) || readSearch(page?.search) }
  if (path !== undefined) facts.path = path.length > maxPathLength ? path.slice(0, maxPathLength) : path
  if (parts?.host !== undefined) facts.host = parts.host
  if (title !== undefined) facts.title = title
  if (referrer !== undefined) facts.referrer = referrer
  return facts
}

function readSearch(value: unknown): string {
  const search = asText(value)
  if (search === undefined) return ''
  return search.startsWith('?') ? search.slice(1) : search
}
