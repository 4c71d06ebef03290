import type { Trait } from '@trailstitch/protocol'
import { compareStamps } from './person.ts'
import type { Part, StitchRules } from './port.ts'

/**
 * A reader has no stitching rules at hand. To join parts that were folded by them it needs only the order of traits,
 * which the port fixes: the last writer by stamp.
 */
export const joinForReading: Pick<StitchRules, 'joinParts'> = {
  joinParts(a: Part, b: Part): Part {
    const traits: Record<string, Trait> = { ...a.traits }
    for (const [name, trait] of Object.entries(b.traits)) {
      const known = Object.hasOwn(traits, name) ? traits[name] : undefined
      if (!known || compareStamps([trait.timestamp, trait.messageId], [known.timestamp, known.messageId]) > 0)
        traits[name] = trait
    }
    const sorted = Object.fromEntries(
      Object.keys(traits)
        .sort()
        .slice(0, maxTraits)
        .map((name) => [name, traits[name] as Trait]),
    )
    return { firstSeen: Math.min(a.firstSeen, b.firstSeen), lastSeen: Math.max(a.lastSeen, b.lastSeen), traits: sorted }
  },
}

/** As many as a profile keeps, see the port. */
const maxTraits = 200
