import type { JourneyItem } from '@trailstitch/protocol'

/** Events of a journey that are looked at, the newest ones. */
export const maxEvents = 10_000
/** Traits that are told; the first by name. A person has at most 200. */
export const maxTraits = 200
/** Values of one trait that are told, the newest ones. */
export const maxValues = 50

/** What a trait was from a moment on. */
export interface TraitValue {
  value: unknown
  /** ms since 1970. */
  at: number
  /** Of the event that said so first. */
  messageId: string
}

/**
 * What identify calls said of a person, trait by trait, newest first. Events come in newest first, page by page. A value
 * that is said again and again counts from the first time on.
 */
export function createTraitHistory() {
  const traits = new Map<string, { values: TraitValue[]; isCut: boolean }>()
  const note = (name: string, next: TraitValue): void => {
    const known = traits.get(name) ?? { values: [], isCut: false }
    traits.set(name, known)
    if (known.isCut) return
    const last = known.values.at(-1)
    if (last && JSON.stringify(last.value) === JSON.stringify(next.value)) known.values[known.values.length - 1] = next
    else if (known.values.length < maxValues) known.values.push(next)
    else known.isCut = true
  }
  return {
    add(items: readonly JourneyItem[]): void {
      for (const { type, traits: said, timestamp, messageId } of items)
        if (type === 'identify')
          for (const [name, value] of Object.entries(said ?? {})) note(name, { value, at: timestamp, messageId })
    },
    /** `isCut`: there are more traits, or more values of one, than are told. */
    read(): { items: { name: string; values: TraitValue[] }[]; isCut: boolean } {
      const names = [...traits.keys()].sort()
      const told = names.slice(0, maxTraits).map((name) => ({ name, values: traits.get(name)?.values ?? [] }))
      return { items: told, isCut: names.length > maxTraits || [...traits.values()].some(({ isCut }) => isCut) }
    },
  }
}
