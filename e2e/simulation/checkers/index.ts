import { balanceAtEachStep, balanceAtRest } from './balance.ts'
import type { Checker } from './checker.ts'
import { exactlyOnce } from './exactly-once.ts'
import { noHoleStaysOpen } from './holes.ts'
import { equalsOracle } from './oracle.ts'
import { storesAgree } from './stores-agree.ts'

/** Invariants that hold at any moment. */
export const atEachStep: readonly Checker[] = [balanceAtEachStep]

/** Invariants that hold with nothing in flight. */
export const atRest: readonly Checker[] = [exactlyOnce, noHoleStaysOpen, balanceAtRest, storesAgree, equalsOracle]
