/** A clock that stands still until it is moved, and the timers on it. */
export interface TestClock {
  now(): number
  setTimer(run: () => void, ms: number): unknown
  clearTimer(timer: unknown): void
  /** Moves on, running what falls due and all that follows from it without time passing. */
  advance(ms: number): Promise<void>
  /** How far the clock was set, ms; a steady one does not follow. */
  offset: number
  /** Sets the clock, as a person or a time server does. */
  set(byMs: number): void
  /** Timers that have yet to run. */
  pending(): number
}

interface Timer {
  at: number
  run: () => void
}

export function createClock(start = Date.UTC(2026, 2, 1, 12)): TestClock {
  let now = start
  const timers = new Set<Timer>()
  const next = (until: number): Timer | undefined =>
    [...timers].filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0]
  const clock: TestClock = {
    now: () => now + clock.offset,
    offset: 0,
    set(byMs) {
      clock.offset += byMs
    },
    setTimer(run, ms) {
      const timer = { at: now + ms, run }
      timers.add(timer)
      return timer
    },
    clearTimer: (timer) => void timers.delete(timer as Timer),
    async advance(ms) {
      const until = now + ms
      await settleAll()
      for (let timer = next(until); timer; timer = next(until)) {
        timers.delete(timer)
        now = Math.max(now, timer.at)
        timer.run()
        await settleAll()
      }
      now = until
    },
    pending: () => timers.size,
  }
  return clock
}

/** Lets everything happen that waits for nothing but its turn. */
export async function settleAll(turns = 12): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve))
}
