import { AsyncLocalStorage } from 'node:async_hooks'
import { type Directory, openDirectory, silentLog } from '@trailstitch/backends'
import { createProjects, type Projects } from '@trailstitch/protocol'
import { type BlobCore, createBlobCore } from './blob-core.ts'
import { drawFaults, type Faults, noFaults } from './faults.ts'
import { createProcess, type Process } from './process.ts'
import { createQueueCore, type QueueCore } from './queue-core.ts'
import { createRandom, type Random } from './random.ts'
import { createRecord, type Record } from './record.ts'
import type { Sabotage } from './sabotage.ts'
import { createSchedule, type Schedule } from './schedule.ts'
import { openStores, type Stores } from './stores.ts'
import type { Owner } from './timers.ts'
import { createTrace, type Trace } from './trace.ts'

/** Everything there is in a simulation. Actors act in it, checkers look at it. */
export interface World {
  readonly seed: number
  readonly random: Random
  readonly schedule: Schedule
  /** Whose code runs. */
  readonly owner: Owner
  readonly trace: Trace
  readonly record: Record
  readonly projects: Projects
  readonly core: QueueCore
  /** Undefined in worlds where the queue is all there is. */
  readonly overflow: BlobCore | undefined
  readonly stores: Stores
  /** Where erasures are asked for. It does not fail. */
  readonly directory: Directory
  readonly sabotage: Sabotage
  /** None while the world comes to rest. */
  faults: Faults
  /** Processes that run now. */
  readonly processes: Set<Process>
  /** What happened to how many: kills, faults, answers. */
  readonly counts: Map<string, number>
  /** Chunks on their way into queue or overflow. */
  underWay: number
  /** Set by whoever finds out that something is broken; ends the run. */
  failure: Error | undefined
  /** Starts a process whose clock is off by up to half a minute. */
  spawn(kind: Process['kind'], onEnd?: () => void): Process
  count(what: string): void
  /** Faults as this seed has them. */
  unleash(): void
  calm(): void
}

/** 1 January 2026, 00:00 UTC: where virtual time starts. */
export const startOfTime = Date.UTC(2026, 0, 1)

export const projectIds = ['p', 'q'] as const

/** Opens a world for a seed. Its stores lie below `folder`. */
export async function openWorld(seed: number, folder: string, sabotage: Sabotage): Promise<World> {
  const random = createRandom(seed)
  const schedule = createSchedule(startOfTime)
  const counts = new Map<string, number>()
  const processes = new Set<Process>()
  const faults = drawFaults(random)
  const names = new Map<string, number>()
  const world: World = {
    seed,
    random,
    schedule,
    owner: new AsyncLocalStorage(),
    trace: createTrace(),
    record: createRecord(),
    projects: createProjects(projectIds.map((id) => ({ id, name: id, writeKeys: [id] }))),
    core: createQueueCore(schedule.now, random, random.pick([2, 5])),
    overflow: random.chance(0.7) ? createBlobCore(schedule.now) : undefined,
    stores: await openStores({ folder, kind: random.chance(0.8) ? 'sqlite' : 'memory', now: schedule.now, sabotage }),
    directory: await openDirectory('memory:', { now: schedule.now, log: silentLog }),
    sabotage,
    faults: noFaults,
    processes,
    counts,
    underWay: 0,
    failure: undefined,
    spawn(kind, onEnd) {
      const number = (names.get(kind) ?? 0) + 1
      names.set(kind, number)
      const skewMs = kind === 'reader' ? 0 : random.int(-30_000, 30_000)
      const process = createProcess(`${kind}${number}`, kind, skewMs, schedule, () => {
        processes.delete(process)
        world.count(`${kind}s ${process.end}`)
        world.trace.add(`${schedule.now()} ${process.name} ${process.end}`)
        onEnd?.()
      })
      processes.add(process)
      return process
    },
    count: (what) => void counts.set(what, (counts.get(what) ?? 0) + 1),
    unleash() {
      world.faults = faults
    },
    calm() {
      world.faults = noFaults
    },
  }
  return world
}
