import type { Queue, StitchRules, Store } from '@trailstitch/backends'

export type StoreKind = 'sqlite' | 'memory'

/** Breaks a part on purpose, to show that a checker sees it. */
export interface Sabotage {
  queue(queue: Queue): Queue
  store(store: Store, kind: StoreKind): Store
  rules(rules: StitchRules): StitchRules
}

export const noSabotage: Sabotage = Object.freeze({
  queue: (queue: Queue) => queue,
  store: (store: Store) => store,
  rules: (rules: StitchRules) => rules,
})
