import type { Timer } from '../../src/server/options.ts'

/** Time that passes when it is told to. */
export interface ManualTimer extends Timer {
  /** Runs what is due in the next `ms`, in order, and lets the promises it starts come to rest in between. */
  advance(ms: number): Promise<void>
  /** How many calls are waiting. */
  waiting(): number
}

export function createManualTimer(): ManualTimer {
  let now = 0
  const calls = new Set<{ at: number; run: () => void }>()
  const settle = () => new Promise((resolve) => setImmediate(resolve))
  return {
    after(delayMs, run) {
      const call = { at: now + delayMs, run }
      calls.add(call)
      return () => void calls.delete(call)
    },
    waiting: () => calls.size,
    async advance(ms) {
      const end = now + ms
      await settle()
      for (;;) {
        const [next] = [...calls].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)
        if (!next) break
        calls.delete(next)
        now = next.at
        next.run()
        await settle()
      }
      now = end
    },
  }
}
