/** A Bloom filter over 16-byte digests: 12 bits and 4 probes a key, so about 1 key in 200 that is not there seems to be. */
export interface Bloom {
  add(key: Uint8Array): void
  /** False: surely not there. */
  has(key: Uint8Array): boolean
}

export function createBloom(keys: number): Bloom {
  const bits = 2 ** Math.ceil(Math.log2(Math.max(1024, keys * 12)))
  const mask = bits - 1
  const bytes = new Uint8Array(bits / 8)
  // The key is a digest already: its four words are four independent hashes.
  const probe = (key: Uint8Array, word: number): number => {
    const at = word * 4
    return (
      (((key[at] as number) |
        ((key[at + 1] as number) << 8) |
        ((key[at + 2] as number) << 16) |
        ((key[at + 3] as number) << 24)) >>>
        0) &
      mask
    )
  }
  return {
    add(key) {
      for (let word = 0; word < 4; word++) {
        const bit = probe(key, word) >>> 0
        bytes[bit >>> 3] = (bytes[bit >>> 3] as number) | (1 << (bit & 7))
      }
    },
    has(key) {
      for (let word = 0; word < 4; word++) {
        const bit = probe(key, word) >>> 0
        if (((bytes[bit >>> 3] as number) & (1 << (bit & 7))) === 0) return false
      }
      return true
    },
  }
}
