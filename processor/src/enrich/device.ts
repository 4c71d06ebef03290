import type { Device, JsonObject } from '@trailstitch/protocol'
import Bowser from 'bowser'
import { isbot, isbotMatch } from 'isbot'
import { createCache } from './cache.ts'
import { asObject, asText } from './fields.ts'
import { isHttpClient } from './origin.ts'

/** What a user agent text says. Shared between events, so it is frozen. */
export interface Agent {
  device?: Device
  /** Why it is taken for a bot, such as `user_agent: Googlebot`. */
  bot?: string
  /** It is the program library of somebody's server, curl and the like: it says nothing of a person. */
  httpClient: boolean
}

/** Longer texts come from nobody's browser; they are looked at, but not kept. */
const maxCachedLength = 1024

/** Reads user agents. Parsing one costs 20 µs, so what they say is remembered for `cacheSize` of them. */
export function createAgentReader(cacheSize: number): (userAgent: string) => Agent {
  const cached = createCache(cacheSize, readAgent)
  return (userAgent) => (userAgent.length > maxCachedLength ? readAgent(userAgent) : cached(userAgent))
}

function readAgent(userAgent: string): Agent {
  const agent: Agent = { httpClient: isHttpClient(userAgent) }
  if (isbot(userAgent)) agent.bot = `user_agent: ${(isbotMatch(userAgent) ?? userAgent).slice(0, 100)}`
  const device = readDevice(userAgent.slice(0, maxCachedLength), agent.bot !== undefined)
  if (device) agent.device = Object.freeze(device)
  return Object.freeze(agent)
}

const deviceTypes = new Set(['desktop', 'mobile', 'tablet', 'tv', 'bot'])

function readDevice(userAgent: string, bot: boolean): Device | undefined {
  if (userAgent === '') return undefined
  const { browser, os, platform } = Bowser.parse(userAgent)
  const device: Device = {}
  // Dalvik is what Android apps send: no browser, and it doesn't say whether on a phone or a tablet.
  if (userAgent.startsWith('Dalvik/')) {
    browser.name = ''
    delete platform.type
  }
  const type = bot ? 'bot' : platform.type
  if (type !== undefined && deviceTypes.has(type)) device.type = type as NonNullable<Device['type']>
  if (browser.name) device.browser = browser.name
  if (browser.name && browser.version) device.browserVersion = browser.version
  if (os.name) device.os = os.name
  // Windows is known by its name ("10") rather than by its number ("NT 10.0").
  const osVersion = os.name === 'Windows' ? (os.versionName ?? os.version) : os.version
  if (os.name && osVersion) device.osVersion = osVersion
  return Object.keys(device).length > 0 ? device : undefined
}

const appSystems = new Set(['android', 'ios', 'ipados', 'mobile'])

/** The device of an event: what its user agent says, and where that says nothing what an app's library reports itself. */
export function deviceOf(agent: Agent | undefined, context: JsonObject | undefined): Device | undefined {
  if (agent?.device?.type !== undefined || !context) return agent?.device
  const os = asObject(context.os)
  const osName = asText(os?.name)
  const kind = asText(asObject(context.device)?.type)?.toLowerCase()
  const device: Device = { ...agent?.device }
  if (kind !== undefined && deviceTypes.has(kind)) device.type = kind as NonNullable<Device['type']>
  else if (appSystems.has(kind ?? osName?.toLowerCase() ?? '')) device.type = 'mobile'
  if (device.os === undefined && osName !== undefined) {
    device.os = osName
    const osVersion = asText(os?.version)
    if (osVersion !== undefined) device.osVersion = osVersion
  }
  return Object.keys(device).length > 0 ? device : undefined
}
