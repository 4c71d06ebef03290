import type { WireEvent } from '@trailstitch/protocol'
import { createPerson, type DemoPerson } from './people.ts'
import { createRandom, type Random } from './random.ts'
import { createVisit, type Step, shopOrigin, type Visit } from './visit.ts'

export interface TrafficOptions {
  /** Any text; the same seed and start give the same traffic. */
  seed: string
  /** Time of the first event, ms since 1970. */
  startAt: number
  /** Different events a second, on average; a few are sent twice beside that. */
  perSecond: number
}

/** What leaves one device at one moment. */
export interface Delivery {
  /** When it is sent, ms since 1970. */
  at: number
  events: WireEvent[]
}

/** A moment between two steps of one visit. */
const thinkMs = 8_000
/** When a request is sent again whose answer got lost. */
const repeatMs = 2_000
const offlineShare = 0.02
const retryShare = 0.02
const newPersonShare = 0.3

interface Chance {
  random: Random
  /** For the ids of events. */
  ids: Random
}

/** A visit under way, and what its device could not send yet. */
interface Walk {
  visit: Visit
  held: WireEvent[]
  /** Steps until the device is online again; 0 while it is. */
  offlineSteps: number
  cameFrom: string
}

/**
 * Believable traffic without end, in the order of sending: people with several devices who come back, sign in, order and
 * sign out; campaigns and referrers; bots; devices that are offline for a while and send late; requests that are
 * repeated because the answer got lost, with the same messageIds.
 */
export function* createTraffic({ seed, startAt, perSecond }: TrafficOptions): Generator<Delivery, never> {
  const random = createRandom(seed)
  // The people are the seed's, what they do today is not what they did yesterday.
  const ids = createRandom(`${seed} ${startAt}`)
  const people: DemoPerson[] = []
  const walks: Walk[] = []
  const crowd = Math.max(4, Math.round((perSecond * thinkMs) / 1000))
  const repeats: Delivery[] = []
  let at = startAt
  for (;;) {
    // Arrivals without memory: gaps are exponential around their mean.
    at += Math.max(1, Math.round((-Math.log(1 - random.unit()) * 1000) / perSecond))
    while (repeats[0] && repeats[0].at <= at) {
      const repeat = repeats.shift()
      if (repeat) yield repeat
    }
    if (walks.length < crowd) walks.push(startWalk(random, people))
    const index = random.whole(0, walks.length - 1)
    const walk = walks[index]
    if (!walk) continue
    const events = takeStep({ random, ids }, walk, at)
    if (walk.visit.steps.length === 0) walks.splice(index, 1)
    if (events.length === 0) continue
    yield { at, events }
    if (random.chance(retryShare)) repeats.push({ at: at + repeatMs, events })
  }
}

export function startWalk(random: Random, people: DemoPerson[]): Walk {
  let person =
    people.length > 0 && !random.chance(newPersonShare) ? people[random.whole(0, people.length - 1)] : undefined
  if (!person) {
    person = createPerson(random, people.length + 1)
    people.push(person)
  }
  const visit = createVisit(random, person)
  const offlineSteps = !person.bot && random.chance(offlineShare) ? visit.steps.length : 0
  return { visit, held: [], offlineSteps, cameFrom: '' }
}

/** Takes the next step; gives back what can be sent now. A device that is offline sends with its last step. */
export function takeStep({ random, ids }: Chance, walk: Walk, at: number): WireEvent[] {
  const step = walk.visit.steps.shift()
  if (step) walk.held.push(toEvent(ids, walk, step, at))
  const isOver = walk.visit.steps.length === 0
  if (isOver && random.chance(0.1)) walk.visit.device.signedIn = false
  if (walk.offlineSteps > 0 && !isOver) {
    walk.offlineSteps--
    return []
  }
  return walk.held.splice(0)
}

function toEvent(ids: Random, walk: Walk, step: Step, at: number): WireEvent {
  const { person, device } = walk.visit
  if (step.type === 'identify') {
    device.signedIn = true
    person.hasAccount = true
  }
  const path = step.type === 'page' ? step.path : ''
  const pageFields = step.type === 'page' ? pageContext(walk, step) : undefined
  const common = {
    messageId: `demo-${ids.id(20)}`,
    anonymousId: device.anonymousId,
    ...(device.signedIn && { userId: person.userId }),
    timestamp: new Date(at).toISOString(),
    context: {
      ip: device.ip,
      userAgent: device.userAgent,
      library: { name: 'trailstitch-demo', version: '1' },
      ...(pageFields && { page: pageFields }),
    },
  }
  if (path !== '') walk.cameFrom = `${shopOrigin}${path}`
  switch (step.type) {
    case 'page':
      return { ...common, type: 'page', name: step.title, properties: { ...pageFields } }
    case 'track':
      return { ...common, type: 'track', event: step.event, properties: step.properties }
    case 'identify':
      return { ...common, type: 'identify', traits: person.traits }
    case 'group':
      return { ...common, type: 'group', groupId: step.groupId, traits: { name: step.name } }
  }
}

/** Inside the shop each page is referred to by the one before. */
function pageContext({ cameFrom }: Walk, { path, title, search, referrer }: Step & { type: 'page' }) {
  const from = referrer === '' ? cameFrom : referrer
  return { path, title, search, url: `${shopOrigin}${path}${search}`, ...(from !== '' && { referrer: from }) }
}
