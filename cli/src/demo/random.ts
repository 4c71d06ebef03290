/** Numbers that look random and are the same for the same seed, on every machine. */
export interface Random {
  /** From 0 up to 1. */
  unit(): number
  /** A whole number from `from` to `to`, both included. */
  whole(from: number, to: number): number
  chance(probability: number): boolean
  pick<T>(items: readonly [T, ...T[]]): T
  /** An id of `length` letters and digits. */
  id(length: number): string
}

const idAlphabet = 'abcdefghijklmnopqrstuvwxyz0123456789'

/** `seed` may be any text. Not for secrets. */
export function createRandom(seed: string): Random {
  let state = hashText(seed)
  // The splitmix32 generator: 32 bits of state, one step, three rounds of mixing.
  const unit = (): number => {
    state = (state + 0x9e3779b9) | 0
    let mixed = state ^ (state >>> 16)
    mixed = Math.imul(mixed, 0x21f0aaad)
    mixed ^= mixed >>> 15
    mixed = Math.imul(mixed, 0x735a2d97)
    mixed ^= mixed >>> 15
    return (mixed >>> 0) / 2 ** 32
  }
  const whole = (from: number, to: number): number => from + Math.floor(unit() * (to - from + 1))
  return {
    unit,
    whole,
    chance: (probability) => unit() < probability,
    pick: ([first, ...rest]) => {
      const index = whole(0, rest.length)
      return index === 0 ? first : (rest[index - 1] ?? first)
    },
    id: (length) => Array.from({ length }, () => idAlphabet[whole(0, idAlphabet.length - 1)]).join(''),
  }
}

/** FNV-1a over UTF-16 units. */
function hashText(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) {
    hash ^= text.charCodeAt(index)
    hash = Math.imul(hash, 0x01000193)
  }
  return hash
}
