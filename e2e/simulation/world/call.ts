import type { Process } from './process.ts'
import type { World } from './world.ts'

/** What can become of a call besides the usual: not done and told so, or done though the answer says no. */
export interface CallFaults {
  refused: number
  contradicted: number
  /** What the caller is told. */
  error(): Error
}

/** A promise for what a dead process waits for: nothing comes any more. */
export const never = <T>(): Promise<T> => new Promise<T>(() => {})

/** How long something takes, ms: mostly little, at times seconds, and past every lease and deadline when it stalls. */
export function drawLatency({ random, faults }: World): number {
  if (random.chance(faults.stall)) return random.int(5_000, 120_000)
  return random.chance(0.1) ? random.int(20, 2_000) : random.int(1, 20)
}

/**
 * A call of a process on a service, in three steps between which anything else may happen: it gets there, it is done,
 * the answer gets back. The process may die before or after it is done. `work` is what is done, at one moment.
 */
export function call<T>(
  world: World,
  process: Process,
  label: string,
  faults: CallFaults,
  work: () => Promise<T> | T,
): Promise<T> {
  if (!process.isAlive) return never()
  const { schedule, random, trace } = world
  return new Promise<T>((resolve, reject) => {
    const answer = (settle: () => void): void => {
      schedule.after(drawLatency(world), `${process.name} hears of ${label}`, () => {
        if (process.isAlive) settle()
      })
    }
    const refuse = (error: unknown): void => {
      world.count(`${label} failed`)
      answer(() => reject(error))
    }
    schedule.after(drawLatency(world), `${process.name} ${label}`, async () => {
      if (!process.isAlive) return
      const dies =
        process.kind !== 'reader' && random.chance(world.faults.crash)
          ? random.pick(['before', 'after'] as const)
          : undefined
      if (dies === 'before') return process.kill()
      if (random.chance(faults.refused)) return refuse(faults.error())
      try {
        const result = await work()
        trace.add(`${schedule.now()} ${process.name} ${label} ${JSON.stringify(result, shortBytes)}`)
        if (dies === 'after') return process.kill()
        if (random.chance(faults.contradicted)) return refuse(faults.error())
        answer(() => resolve(result))
      } catch (error) {
        trace.add(`${schedule.now()} ${process.name} ${label} ${(error as Error).message}`)
        refuse(error)
      }
    })
  })
}

/** Bodies enter the trace by their length and last bytes: enough to tell one from another. */
const shortBytes = (_key: string, value: unknown): unknown =>
  value instanceof Uint8Array || (typeof value === 'object' && value !== null && 'byteLength' in value)
    ? `${(value as Uint8Array).byteLength} bytes`
    : value
