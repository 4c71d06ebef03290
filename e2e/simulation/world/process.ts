import type { Schedule } from './schedule.ts'

/** A process of the simulation: it can be killed between any two steps, and its clock may be off. */
export interface Process {
  readonly name: string
  readonly kind: 'collector' | 'worker' | 'reader'
  readonly isAlive: boolean
  /** How it ended: killed at once, or closed after it had finished its work. */
  readonly end: 'killed' | 'closed' | undefined
  /** Its own clock, ms since 1970. */
  now(): number
  kill(): void
  close(): void
}

export function createProcess(
  name: string,
  kind: Process['kind'],
  skewMs: number,
  schedule: Schedule,
  onEnd: () => void,
): Process {
  let end: Process['end']
  const finish = (how: 'killed' | 'closed'): void => {
    if (end !== undefined) return
    end = how
    onEnd()
  }
  return {
    name,
    kind,
    get isAlive() {
      return end === undefined
    },
    get end() {
      return end
    },
    now: () => schedule.now() + skewMs,
    kill: () => finish('killed'),
    close: () => finish('closed'),
  }
}
