import type { Store } from '@trailstitch/backends'

export interface WatchedStore {
  store: Store
  /** Resolves when `events` more have been appended and nothing is left to be stitched. */
  folded(events: number): Promise<void>
}

/** Looks over a store's shoulder: says the moment at which everything handed in has been folded. */
export function watchStore(inner: Store): WatchedStore {
  let appended = 0
  let goal = 0
  let onFolded: (() => void) | undefined
  return {
    store: {
      ...inner,
      async append(chunks) {
        const outcomes = await inner.append(chunks)
        for (const { stored, duplicate, rejected } of outcomes) appended += stored + duplicate + rejected
        return outcomes
      },
      async stitch(rules, maxEvents) {
        const outcome = await inner.stitch(rules, maxEvents)
        if (outcome.behind === 0 && appended >= goal) {
          onFolded?.()
          onFolded = undefined
        }
        return outcome
      },
    },
    folded(events) {
      goal += events
      return new Promise((resolve) => {
        onFolded = resolve
      })
    },
  }
}
