import type { ChunkPart, JsonObject, Project, StoredEvent } from '@trailstitch/protocol'
import { cutAddress, readAddress } from '../enrich/address.ts'
import { createCache } from '../enrich/cache.ts'
import { removeClickIds } from '../enrich/click-ids.ts'
import type { CountryLookup } from '../enrich/country.ts'
import { createAgentReader, deviceOf } from '../enrich/device.ts'
import { originOf } from '../enrich/origin.ts'
import { readPage } from '../enrich/page.ts'
import { createTouchReader } from '../enrich/touch.ts'

export interface EnricherOptions {
  /** Country of an IP address; without it events have no country. */
  countryOf?: CountryLookup
  /** How many user agents, referring hosts and addresses are remembered, each at most twice. Default 10,000. */
  cacheSize?: number
}

export type Enricher = (event: StoredEvent, part: ChunkPart, project: Pick<Project, 'ipPolicy'>) => StoredEvent

/**
 * Adds what can be derived from an event and its request: page, device, bot, country, IP by the project's policy, and
 * the touch. The result is a new event, the given one stays as it is; what it depends on is the arguments and the
 * country database. docs/definitions.md says what is derived from what.
 */
export function createEnricher({ countryOf, cacheSize = 10_000 }: EnricherOptions = {}): Enricher {
  const readAgent = createAgentReader(cacheSize)
  const readTouch = createTouchReader(cacheSize)
  const locate = createLocator(countryOf, cacheSize)

  return (given, part, project) => {
    const event = { ...given }
    const { context } = event
    const page = readPage(event)
    if (page?.path !== undefined) event.path = page.path
    if (page?.host !== undefined) event.host = page.host
    if (page?.title !== undefined) event.title = page.title

    const ownUserAgent = typeof context?.userAgent === 'string' ? context.userAgent : undefined
    const userAgent = ownUserAgent ?? part.userAgent
    const agent = userAgent === undefined ? undefined : readAgent(userAgent)
    const sender = ownUserAgent === undefined || part.userAgent === undefined ? agent : readAgent(part.userAgent)
    const origin = originOf(part, context, part.userAgent !== undefined && sender?.httpClient === true)
    const person = ownUserAgent !== undefined || origin.ownAgent ? agent : undefined
    const device = deviceOf(person, context)
    if (device) event.device = device
    if (person?.bot !== undefined) event.bot = person.bot

    const told = typeof context?.ip === 'string' ? locate(context.ip) : undefined
    const place = told ?? (origin.ownAddress && part.ip ? locate(part.ip) : undefined)
    if (place?.country !== undefined) event.country = place.country
    const ip = place && cutAddress(place.address, project.ipPolicy)
    if (ip !== undefined) event.ip = ip
    if (context && 'ip' in context) event.context = withIp(context, told && ip)

    const touch = readTouch(page, context)
    if (touch) event.touch = touch
    removeClickIds(event)
    return event
  }
}

/** The context without its IP address, or with what the project keeps of it. */
function withIp(context: JsonObject, ip: string | undefined): JsonObject {
  const { ip: _full, ...rest } = context
  return ip === undefined ? rest : { ...rest, ip }
}

interface Place {
  address: string
  country?: string
}

/** Address and country of a text. The country is looked up by the full address, before anything is cut. */
function createLocator(countryOf: CountryLookup | undefined, cacheSize: number): (text: string) => Place | undefined {
  const places = createCache<{ place?: Place }>(cacheSize, (text) => {
    const address = readAddress(text)
    if (address === undefined) return {}
    const country = countryOf?.(address)
    return { place: country === undefined ? { address } : { address, country } }
  })
  // Nothing that is longer than any address with its port and a proxy or two is worth remembering.
  return (text) => (text.length > 200 ? undefined : places(text).place)
}
