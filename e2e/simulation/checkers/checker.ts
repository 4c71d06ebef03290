import type { World } from '../world/world.ts'

/** Holds one invariant against the world. It asks the parts under test from outside, at one moment, and changes nothing. */
export interface Checker {
  name: string
  /** Resolves with a short diff; undefined when all is well. */
  check(world: World): Promise<string | undefined>
}
