import type { WireEvent } from '@trailstitch/protocol'
import { createEvent, createSignIn, origins, type Scene, userAgents } from './event.ts'
import { createRandom, type Random } from './random.ts'

export interface TrafficOptions {
  seed: number
  /** Visits that go on at the same time. Default 800: that many make 1 million events a day with visits of 10 minutes. */
  activeVisits?: number
}

/** Believable events without end; the same ones for the same seed and times. */
export interface Traffic {
  /** The next event, sent at `at`, ms since 1970. */
  next(at: number): WireEvent
}

interface Visitor {
  anonymousId: string
  userAgent: string
  locale: string
  screen: Scene['screen']
  /** Whom the visitor signs in as, sooner or later. */
  account: string | undefined
  isSignedIn: boolean
}

interface Visit {
  scene: Scene
  visitor: Visitor
  eventsLeft: number
}

/** Shares of visits and visitors. */
const shares = { returning: 0.4, withAccount: 0.3, secondDevice: 0.15, signsInPerEvent: 0.15 }
const fewestEvents = 3
const moreEvents = 12

/**
 * A shop's visitors: 40 of 100 visits are by somebody who was there before, lately rather than long ago. 30 of 100
 * visitors have an account, some of them on two devices; they sign in during a visit and stay signed in.
 */
export function createTraffic({ seed, activeVisits = 800 }: TrafficOptions): Traffic {
  const random = createRandom(seed)
  const active: Visit[] = []
  const visitors: Visitor[] = []
  const accounts: string[] = []

  const pickVisitor = (): Visitor => {
    if (visitors.length > 0 && random.chance(shares.returning)) {
      const age = Math.floor(visitors.length * random.unit() ** 2)
      return visitors[visitors.length - 1 - age] as Visitor
    }
    const visitor = createVisitor(random, visitors.length, accounts)
    visitors.push(visitor)
    return visitor
  }
  const begin = (): Visit => {
    const visitor = pickVisitor()
    const { anonymousId, userAgent, locale, screen, isSignedIn, account } = visitor
    const scene: Scene = { anonymousId, userAgent, locale, screen, ...random.pick(origins) }
    if (isSignedIn && account !== undefined) scene.userId = account
    const visit = { scene, visitor, eventsLeft: fewestEvents + random.below(moreEvents) }
    active.push(visit)
    return visit
  }
  const end = (visit: Visit): void => {
    const last = active.pop()
    if (last && last !== visit) active[active.indexOf(visit)] = last
  }

  return {
    next(at) {
      const visit = active.length < activeVisits ? begin() : random.pick(active)
      if (--visit.eventsLeft <= 0) end(visit)
      const { visitor, scene } = visit
      if (visitor.account !== undefined && !visitor.isSignedIn && random.chance(shares.signsInPerEvent)) {
        visitor.isSignedIn = true
        scene.userId = visitor.account
        return createSignIn(random, scene, at)
      }
      return createEvent(random, scene, at)
    },
  }
}

function createVisitor(random: Random, index: number, accounts: string[]): Visitor {
  const hex = random.hex(20)
  const visitor: Visitor = {
    anonymousId: `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(12, 15)}-a${hex.slice(15, 18)}-${String(index).padStart(12, '0')}`,
    userAgent: random.pick(userAgents),
    locale: random.pick(['en-GB', 'de-AT', 'fr-FR']),
    screen: random.pick([
      { width: 1920, height: 1080, density: 1 },
      { width: 412, height: 915, density: 2.6 },
    ]),
    account: undefined,
    isSignedIn: false,
  }
  if (!random.chance(shares.withAccount)) return visitor
  const isKnown = accounts.length > 0 && random.chance(shares.secondDevice)
  visitor.account = isKnown ? random.pick(accounts) : `customer-${accounts.length}`
  if (!isKnown) accounts.push(visitor.account)
  return visitor
}
