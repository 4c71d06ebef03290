import type { Part } from '@trailstitch/backends'
import type { StoredEvent, Trait } from '@trailstitch/protocol'
import { compareStamps } from './stamp.ts'

/** Traits of one person are kept up to this many; of more, those that sort first by name. */
export const maxTraits = 200

/** What one event says of its person. Only identify calls carry traits of the person; those of a group are the group's. */
export function partOf(event: StoredEvent): Part {
  const traits: Record<string, Trait> = {}
  if (event.type === 'identify' && event.traits) {
    for (const [name, value] of Object.entries(event.traits)) {
      traits[name] = { value, timestamp: event.timestamp, messageId: event.messageId }
    }
  }
  return { firstSeen: event.timestamp, lastSeen: event.timestamp, traits: capTraits(traits) }
}

/** A join: associative, commutative, idempotent. The last writer of a trait wins by event time, ties by messageId. */
export function joinParts(a: Part, b: Part): Part {
  return {
    firstSeen: Math.min(a.firstSeen, b.firstSeen),
    lastSeen: Math.max(a.lastSeen, b.lastSeen),
    traits: joinTraits(a.traits, b.traits),
  }
}

export function foldPart(events: readonly StoredEvent[]): Part {
  return events.map(partOf).reduce(joinParts)
}

/** The part of `into` with one more event; spares most events the copying. */
export function addToPart(into: Part | undefined, event: StoredEvent): Part {
  if (!into || event.type === 'identify') return into ? joinParts(into, partOf(event)) : partOf(event)
  if (event.timestamp < into.firstSeen) into.firstSeen = event.timestamp
  if (event.timestamp > into.lastSeen) into.lastSeen = event.timestamp
  return into
}

function joinTraits(a: Record<string, Trait>, b: Record<string, Trait>): Record<string, Trait> {
  const names = Object.keys(b)
  if (names.length === 0) return a
  const joined = { ...a }
  for (const name of names) {
    const ours = Object.hasOwn(joined, name) ? joined[name] : undefined
    const theirs = b[name] as Trait
    if (!ours || isLater(theirs, ours)) joined[name] = theirs
  }
  return capTraits(joined)
}

const isLater = (a: Trait, b: Trait): boolean =>
  compareStamps([a.timestamp, a.messageId], [b.timestamp, b.messageId]) > 0

/** By name and not by time, so that the choice does not depend on the order of joining. Names sorted: equal parts are equal bytes. */
function capTraits(traits: Record<string, Trait>): Record<string, Trait> {
  const names = Object.keys(traits).sort()
  const capped: Record<string, Trait> = {}
  for (const name of names.slice(0, maxTraits)) capped[name] = traits[name] as Trait
  return capped
}
