/**
 * Remembers what `make` gave for a text. Holds at most `2 * maxEntries` texts: when the younger half is full it becomes
 * the older one and the older one is dropped, so what is still asked for survives. Cheaper per hit than an exact LRU.
 * `make` must be a function of its text alone.
 */
export function createCache<V extends object>(maxEntries: number, make: (text: string) => V): (text: string) => V {
  let young = new Map<string, V>()
  let old = new Map<string, V>()
  return (text) => {
    const hit = young.get(text)
    if (hit) return hit
    // A copy: a text cut out of a longer one would keep all of that one in memory.
    const key = Buffer.from(text, 'utf16le').toString('utf16le')
    const value = old.get(text) ?? make(key)
    if (young.size >= maxEntries) {
      old = young
      young = new Map()
    }
    young.set(key, value)
    return value
  }
}
