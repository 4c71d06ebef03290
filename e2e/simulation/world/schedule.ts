/** Something that will happen at a moment of virtual time. */
export interface Task {
  cancel(): void
}

/** Virtual time: it stands still while code runs and jumps to the next task. */
export interface Schedule {
  /** ms since 1970. */
  now(): number
  after(delayMs: number, label: string, work: () => unknown): Task
  sleep(delayMs: number, label: string): Promise<void>
  /** Runs the next task and all that follows from it at once. Resolves with its label; undefined when there is none. */
  step(): Promise<string | undefined>
  /** Time passes and nothing happens meanwhile, as on a machine that sleeps. */
  jump(ms: number): void
}

interface Entry {
  dueAt: number
  order: number
  label: string
  work(): unknown
}

// Taken before anybody puts virtual timers in its place.
const realImmediate = setImmediate

/** One turn of the real event loop: every promise that can go on has gone on. */
const settle = (): Promise<void> => new Promise((resolve) => void realImmediate(resolve))

/** Tasks run by the time they are due, those of one moment in the order they were made, so chance alone decides. */
export function createSchedule(start: number): Schedule {
  const entries = new Set<Entry>()
  let now = start
  let order = 0

  const after = (delayMs: number, label: string, work: () => unknown): Task => {
    const entry = { dueAt: now + Math.max(0, Math.floor(delayMs)), order: order++, label, work }
    entries.add(entry)
    return { cancel: () => void entries.delete(entry) }
  }
  const takeNext = (): Entry | undefined => {
    let next: Entry | undefined
    for (const entry of entries)
      if (!next || entry.dueAt < next.dueAt || (entry.dueAt === next.dueAt && entry.order < next.order)) next = entry
    if (next) entries.delete(next)
    return next
  }
  return {
    now: () => now,
    after,
    sleep: (delayMs, label) => new Promise((resolve) => void after(delayMs, label, resolve)),
    async step() {
      const entry = takeNext()
      if (!entry) return undefined
      now = Math.max(now, entry.dueAt)
      await entry.work()
      await settle()
      return entry.label
    },
    jump(ms) {
      now += ms
    },
  }
}
