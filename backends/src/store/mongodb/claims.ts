import type { ClaimDoc, Tables } from './tables.ts'
import { findByIds, insertNew, insist } from './writing.ts'

const dayMs = 86_400_000

/** An event that wants to be the one of its messageId. */
export interface Claimant {
  /** Of project and messageId. */
  key: string
  /** Name of its chunk. */
  chunk: string
  /** When its event was received, ms. */
  receivedAt: number
}

/**
 * Who came first. A claim names the chunk of the event that has it, so that a chunk which comes again is told from another
 * client's copy. A day of claims counts until its last moment has left the window.
 */
export interface Claims {
  /** Those of the claimants, in order, that are the first of their messageId. Asking again gives the same. */
  take<C extends Claimant>(claimants: readonly C[], now: number): Promise<Set<C>>
  /** Deletes claims that do not count any more. */
  expire(now: number): Promise<void>
}

export function createClaims({ claims }: Tables, dedupeMs: number): Claims {
  const firstDay = (now: number): number => Math.floor((now - dedupeMs) / dayMs)
  /** A day's last moment is within the window. */
  const counts = ({ d }: ClaimDoc, now: number): boolean => (d + 1) * dayMs > now - dedupeMs

  /** Takes over a claim that does not count any more, unless somebody else does so first. */
  const renew = async (old: ClaimDoc, fresh: Required<ClaimDoc>): Promise<boolean> => {
    const { modifiedCount } = await insist(() =>
      claims.updateOne({ _id: old._id, c: old.c, d: old.d }, { $set: { c: fresh.c, d: fresh.d, at: fresh.at } }),
    )
    return modifiedCount === 1
  }

  return {
    async take(claimants, now) {
      const d = Math.floor(now / dayMs)
      const wanted = new Map<string, Required<ClaimDoc>>()
      for (const { key, chunk, receivedAt } of claimants)
        if (!wanted.has(key)) wanted.set(key, { _id: key, c: chunk, d, at: receivedAt })
      const owners = new Map([...wanted].map(([key, { c }]) => [key, c]))
      let open: string[] = [...(await insertNew(claims, [...wanted.values()]))]
      while (open.length > 0) {
        const found = await findByIds(claims, open)
        const lost: string[] = []
        for (const doc of found) {
          if (counts(doc, now)) owners.set(doc._id, doc.c)
          else if (!(await renew(doc, wanted.get(doc._id) as Required<ClaimDoc>))) lost.push(doc._id)
        }
        const seen = new Set(found.map(({ _id }) => _id))
        const vanished = open.filter((key) => !seen.has(key))
        const taken = await insertNew(
          claims,
          vanished.map((key) => wanted.get(key) as ClaimDoc),
        )
        open = [...lost, ...taken]
      }
      const winners = new Map<string, (typeof claimants)[number]>()
      for (const claimant of claimants)
        if (owners.get(claimant.key) === claimant.chunk && !winners.has(claimant.key))
          winners.set(claimant.key, claimant)
      return new Set(winners.values())
    },
    async expire(now) {
      await insist(() => claims.deleteMany({ d: { $lt: firstDay(now) } }))
    },
  }
}
