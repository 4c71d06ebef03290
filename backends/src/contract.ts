import { expect, test } from 'vitest'

/** Guarantees a backend cannot give, and why. Shown with the results. */
export interface ContractSkip {
  reason: string
  /** Names of cases, word for word. */
  cases: readonly string[]
}

export type Guarantee = (name: string, check: () => Promise<void>) => void

/** Registers the cases of a contract, leaving out those skipped. Call `done` after the last one. */
export function createGuarantees(skips: readonly ContractSkip[] = []): { guarantee: Guarantee; done(): void } {
  const names = new Set<string>()
  return {
    guarantee(name, check) {
      names.add(name)
      const skip = skips.find(({ cases }) => cases.includes(name))
      if (skip) test.skip(`${name} (skipped: ${skip.reason})`, check)
      else test(name, check)
    },
    done() {
      test('every skip names a case of this contract and a reason', () => {
        expect(skips.flatMap(({ cases }) => cases.filter((name) => !names.has(name)))).toEqual([])
        expect(skips.filter(({ reason }) => reason.length < 10)).toEqual([])
      })
    },
  }
}
