/** Numbers that look random and are the same for the same seed. */
export interface Random {
  /** From 0 up to 1. */
  unit(): number
  /** A whole number from 0 up to `below`. */
  below(below: number): number
  chance(probability: number): boolean
  pick<T>(items: readonly T[]): T
  /** `digits` hexadecimal digits. */
  hex(digits: number): string
}

export function createRandom(seed: number): Random {
  let state = seed >>> 0
  // A Weyl sequence with two rounds of mixing: fast, and even enough for traffic.
  const next = (): number => {
    state = (state + 0x9e3779b9) >>> 0
    let mixed = Math.imul(state ^ (state >>> 16), 0x85ebca6b)
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
    return (mixed ^ (mixed >>> 16)) >>> 0
  }
  const unit = (): number => next() / 2 ** 32
  const below = (bound: number): number => Math.floor(unit() * bound)
  return {
    unit,
    below,
    chance: (probability) => unit() < probability,
    pick: <T>(items: readonly T[]) => items[below(items.length)] as T,
    hex: (digits) => {
      let text = ''
      while (text.length < digits) text += next().toString(16).padStart(8, '0')
      return text.slice(0, digits)
    },
  }
}
