/** The one source of chance of a simulation. The same seed gives the same numbers. */
export interface Random {
  /** From 0 up to 1. */
  unit(): number
  /** A whole number, both ends included. */
  int(min: number, max: number): number
  chance(probability: number): boolean
  pick<T>(list: readonly T[]): T
  shuffle<T>(list: readonly T[]): T[]
}

/** Bob Jenkins' small fast generator of 32-bit words: four words of state, a period that no run comes near. */
export function createRandom(seed: number): Random {
  let a = 0xf1ea5eed
  let b = seed >>> 0
  let c = Math.floor(seed / 2 ** 32) >>> 0
  let d = b
  const rotate = (word: number, bits: number): number => (word << bits) | (word >>> (32 - bits))
  const next = (): number => {
    const e = (a - rotate(b, 27)) | 0
    a = b ^ rotate(c, 17)
    b = (c + d) | 0
    c = (d + e) | 0
    d = (e + a) | 0
    return d >>> 0
  }
  for (let round = 0; round < 20; round++) next() // spreads the seed over the state

  const unit = (): number => next() / 2 ** 32
  const int = (min: number, max: number): number => min + Math.floor(unit() * (max - min + 1))
  return {
    unit,
    int,
    chance: (probability) => unit() < probability,
    pick: <T>(list: readonly T[]) => list[int(0, list.length - 1)] as T,
    shuffle<T>(list: readonly T[]) {
      const shuffled = [...list]
      for (let last = shuffled.length - 1; last > 0; last--) {
        const other = int(0, last)
        const kept = shuffled[last] as T
        shuffled[last] = shuffled[other] as T
        shuffled[other] = kept
      }
      return shuffled
    },
  }
}
