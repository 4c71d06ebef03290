import { join } from 'node:path'
import { type AppendChunk, type AppendOutcome, openStore, type Store, silentLog } from '@trailstitch/backends'
import { firstDifferences } from './differences.ts'
import type { Sabotage, StoreKind } from './sabotage.ts'

/** The stores of a simulation. */
export interface Stores {
  /** Which one the workers write to. */
  kind: StoreKind
  /** A handle of the outside on the store under test: faults do not reach it. */
  readonly main: Store
  /** The other kind, fed with the same chunks in the same order and at the same times, without any fault. */
  readonly mirror: Store
  /** Counts every write to the store under test. */
  version(): number
  /** Whether everything that was appended has been stitched. */
  isStitched(): boolean
  /** A connection of a process's own. Where stores live in memory all share the one. */
  open(now: () => number): Promise<Store>
  /** To be called with each append that took place, at its very moment. Resolves with what the mirror saw differently. */
  follow(chunks: readonly AppendChunk[], outcomes: readonly AppendOutcome[], now: number): Promise<string | undefined>
  stitched(behind: number): void
  close(): Promise<void>
}

export interface StoresOptions {
  folder: string
  kind: StoreKind
  now(): number
  sabotage: Sabotage
}

export async function openStores({ folder, kind, now, sabotage }: StoresOptions): Promise<Stores> {
  const urlOf = (which: StoreKind, name: string): string =>
    which === 'memory' ? 'memory:' : `sqlite:${join(folder, `${name}.db`)}`
  let mirrorNow = 0
  let version = 0
  let isStitched = true
  const handles = new Set<Store>()
  const open = async (name: string, which: StoreKind, clock: () => number): Promise<Store> => {
    const store = await openStore(urlOf(which, name), { now: clock, log: silentLog })
    handles.add(store)
    return store
  }
  const main = await open('main', kind, now)
  const other = kind === 'sqlite' ? 'memory' : 'sqlite'
  const mirror = sabotage.store(await open('mirror', other, () => mirrorNow), other)

  return {
    kind,
    main: sabotage.store(main, kind),
    mirror,
    version: () => version,
    isStitched: () => isStitched,
    open: async (clock) => sabotage.store(kind === 'memory' ? main : await open('main', kind, clock), kind),
    async follow(chunks, outcomes, at) {
      version++
      isStitched = false
      mirrorNow = at
      return firstDifferences(outcomes, await mirror.append(chunks))
    },
    stitched(behind) {
      version++
      if (behind === 0) isStitched = true
    },
    async close() {
      for (const store of handles) await store.close()
    },
  }
}
