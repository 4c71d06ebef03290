import type { ChunkPart, JsonObject } from '@trailstitch/protocol'
import programs from './data/programs.json' with { type: 'json' }
import { asObject, asText } from './fields.ts'

/** What the request that brought an event tells of the person. */
export interface Origin {
  /** The request came from the person's own device, so its address is the person's. */
  ownAddress: boolean
  /** The request was made by the person's own browser, so its user agent is the person's. */
  ownAgent: boolean
}

const fromBrowser: Origin = Object.freeze({ ownAddress: true, ownAgent: true })
const fromApp: Origin = Object.freeze({ ownAddress: true, ownAgent: false })
const fromServer: Origin = Object.freeze({ ownAddress: false, ownAgent: false })

const serverWords = new Set(programs.serverWords)
const appWords = new Set(programs.appWords)
const httpClients = new Set(programs.httpClients)

/**
 * Tells whose request it was. Servers, app libraries and scripts send events for people: their own user agents
 * (`node`, `okhttp/4.9`, `curl/8.5`) would turn every one of these people into a bot.
 */
export function originOf(part: ChunkPart, context: JsonObject | undefined, agentIsHttpClient: boolean): Origin {
  if (part.operator) return fromServer
  const sender = senderOf(context)
  if (sender === 'app') return fromApp
  if (sender === 'server' || agentIsHttpClient) return context?.direct === true ? fromApp : fromServer
  return fromBrowser
}

/** By `context.channel`, else by a word in the library's name: `analytics-python`, `@segment/analytics-react-native`. */
function senderOf(context: JsonObject | undefined): 'server' | 'app' | undefined {
  if (!context) return undefined
  if (context.channel === 'server') return 'server'
  if (context.channel === 'mobile') return 'app'
  const name = asText(asObject(context.library)?.name)
  if (name === undefined || name === 'analytics.js') return undefined
  const words = name
    .slice(0, 100)
    .toLowerCase()
    .split(/[^a-z]+/)
  if (words.some((word) => appWords.has(word))) return 'app'
  return words.some((word) => serverWords.has(word)) ? 'server' : undefined
}

/** Whether a user agent is that of an HTTP library or command: its first word, up to the version. */
export function isHttpClient(userAgent: string): boolean {
  const product = (/^[^\s/(;]*/.exec(userAgent)?.[0] ?? '').toLowerCase()
  return httpClients.has(product) || programs.httpClientPrefixes.some((prefix) => product.startsWith(prefix))
}
