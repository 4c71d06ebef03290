import type { Deps } from '@trailstitch/backends'
import { CliError } from '../errors.ts'
import { type Io, stopped } from '../io.ts'

/** Things that have to end in the opposite order of their start. */
export interface Lifecycle {
  /** Names what `end` ends, for the log. */
  add(name: string, end: () => Promise<unknown>): void
  /** Ends everything, the last first; one that fails does not keep the others from ending. Idempotent. */
  endAll(): Promise<void>
}

export function createLifecycle({ log }: Pick<Deps, 'log'>): Lifecycle {
  const parts: { name: string; end: () => Promise<unknown> }[] = []
  let ending: Promise<void> | undefined
  const endInTurn = async (): Promise<void> => {
    for (let part = parts.pop(); part; part = parts.pop()) {
      try {
        await part.end()
      } catch (error) {
        log.error({ err: error, part: part.name }, 'a part did not end well')
      }
    }
  }
  return {
    add(name, end) {
      parts.push({ name, end })
    },
    endAll() {
      ending ??= endInTurn()
      return ending
    },
  }
}

/** How long a stop may take in all. */
const maxStopMs = 28_000

/**
 * Starts a service, keeps it until the stop, and ends it. What was started is ended also when the start fails midway.
 * Throws `stop_timeout` when the end takes more than 28 s.
 */
export async function runService(io: Io, start: (lifecycle: Lifecycle) => Promise<void>): Promise<void> {
  const lifecycle = createLifecycle(io.deps)
  try {
    await start(lifecycle)
    await stopped(io.stop)
  } finally {
    await endInTime(lifecycle)
  }
}

async function endInTime(lifecycle: Lifecycle): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new CliError('stop_timeout')), maxStopMs)
  })
  await Promise.race([lifecycle.endAll(), late]).finally(() => clearTimeout(timer))
}
