import { createHash } from 'node:crypto'

/** What happened, as a hash over all of it and the last lines as they are. */
export interface Trace {
  add(line: string): void
  /** Equal for equal runs. */
  hash(): string
  last(count: number): string[]
}

const maxKept = 200

export function createTrace(): Trace {
  const hash = createHash('sha256')
  let kept: string[] = []
  return {
    add(given) {
      // The folder of a run has a new name each time, and messages name files by their path.
      const line = given.replaceAll(/\S*trailstitch-simulation-\w+\//g, '')
      hash.update(`${line}\n`)
      kept.push(line)
      if (kept.length > 2 * maxKept) kept = kept.slice(-maxKept)
    },
    hash: () => hash.copy().digest('hex').slice(0, 16),
    last: (count) => kept.slice(-count),
  }
}
