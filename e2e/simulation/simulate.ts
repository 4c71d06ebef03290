import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Cast } from './actors/cast.ts'
import { startChaos } from './actors/chaos.ts'
import { startClient } from './actors/client.ts'
import { startCollector } from './actors/collector.ts'
import { startOperator } from './actors/operator.ts'
import { startReader } from './actors/reader.ts'
import { startWorker } from './actors/worker.ts'
import { comesToRest, restName } from './checkers/comes-to-rest.ts'
import { checkErasure, erasureName } from './checkers/erasure.ts'
import { atEachStep, atRest } from './checkers/index.ts'
import { checkUndo, undoName } from './checkers/undo.ts'
import { InvariantError } from './world/failure.ts'
import { noSabotage, type Sabotage } from './world/sabotage.ts'
import { installTimers } from './world/timers.ts'
import { openWorld, startOfTime, type World } from './world/world.ts'

export interface SimulationOptions {
  seed: number
  /** Steps under faults, not counting those it takes to come to rest. Default 600. */
  steps?: number
  /** Names of the invariants to check. Default: all. */
  only?: readonly string[]
  sabotage?: Sabotage
}

export interface SimulationResult {
  seed: number
  /** All steps taken. */
  steps: number
  /** Events made up by clients and operators. */
  events: number
  virtualMs: number
  /** Of everything that happened: equal for equal runs. */
  traceHash: string
  /** How often what happened. */
  counts: ReadonlyMap<string, number>
  failure?: SimulationFailure
}

export interface SimulationFailure {
  invariant: string
  /** A short diff. */
  detail: string
  /** The step after which it was seen. */
  step: number
  /** Virtual time, ISO 8601. */
  at: string
  /** What happened last. */
  trace: string[]
}

const defaultSteps = 600
const dayMs = 86_400_000
/** In memory where there is such a folder: files survive a simulated death anyway, so the disk only costs time. */
const scratchFolder = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()

/**
 * Runs the whole pipeline in virtual time, from clients to the books, with the faults that the seed decides: real sender,
 * re-driver, processor, stitching and stores; simulated clocks, network, queue, blobs and deaths. In one or two rounds everything goes wrong
 * for a while, then comes to rest and is compared with what truly happened. Never rejects for a broken invariant's sake.
 */
export async function simulate(options: SimulationOptions): Promise<SimulationResult> {
  const folder = mkdtempSync(join(scratchFolder, 'trailstitch-simulation-'))
  const world = await openWorld(options.seed, folder, options.sabotage ?? noSabotage)
  const restoreTimers = installTimers(world.schedule, world.owner)
  const run = createRun(world, options.only)
  let failure: SimulationFailure | undefined
  try {
    await play(run, options.steps ?? defaultSteps)
  } catch (error) {
    failure = describe(error, run)
  } finally {
    restoreTimers()
    await world.stores.close()
    rmSync(folder, { recursive: true, force: true })
  }
  return {
    seed: options.seed,
    steps: run.steps,
    events: world.record.events.length,
    virtualMs: world.schedule.now() - startOfTime,
    traceHash: world.trace.hash(),
    counts: world.counts,
    ...(failure && { failure }),
  }
}

interface Run {
  readonly world: World
  readonly cast: Cast
  /** Whether the invariant of this name is to be checked. */
  checks(name: string): boolean
  steps: number
  /** What queue, overflow and store had seen when the invariants of each step were last checked. */
  checkedVersion: string
}

function createRun(world: World, only: readonly string[] | undefined): Run {
  const wanted = { collectors: world.random.int(1, 3), workers: world.random.int(1, 4) }
  const cast: Cast = {
    world,
    collectors: new Set(),
    workers: new Set(),
    clients: [],
    wanted,
    eventsLeft: 0,
    openRequests: 0,
  }
  return { world, cast, steps: 0, checkedVersion: '', checks: (name) => only === undefined || only.includes(name) }
}

async function play(run: Run, steps: number): Promise<void> {
  const { world, cast } = run
  const { random } = world
  for (let count = cast.wanted.collectors; count > 0; count--) startCollector(cast)
  for (let count = cast.wanted.workers; count > 0; count--) await startWorker(cast)
  for (let count = random.int(2, 4); count > 0; count--) startClient(cast, random.chance(0.8) ? 'p' : 'q')
  startOperator(cast)
  startChaos(cast)
  startReader(cast, run.checks('the ledger balances'))

  const rounds = random.int(1, 2)
  for (let round = 0; round < rounds; round++) {
    cast.eventsLeft = random.int(20, 80)
    await faultySteps(run, Math.ceil(steps / rounds))
    await rest(run)
    // A pause within the window in which messageIds are remembered.
    world.schedule.jump(random.pick([0, 3_600_000, dayMs, 5 * dayMs]))
  }
  if (run.checks(undoName)) {
    const detail = await checkUndo(cast, async () => {
      await faultySteps(run, 40)
      await rest(run)
    })
    if (detail) throw new InvariantError(undoName, detail)
  }
  if (run.checks(erasureName)) {
    const detail = await checkErasure(cast, () => takeStep(run))
    if (detail) throw new InvariantError(erasureName, detail)
  }
}

async function faultySteps(run: Run, count: number): Promise<void> {
  run.world.unleash()
  for (let step = 0; step < count; step++) await takeStep(run)
  run.world.calm()
}

/** Lets everything finish without further faults, then checks what has to hold with nothing in flight. */
async function rest(run: Run): Promise<void> {
  const { world, cast } = run
  cast.eventsLeft = 0
  await comesToRest(cast, () => takeStep(run))
  for (const checker of atRest) {
    if (!run.checks(checker.name)) continue
    const detail = await checker.check(world)
    if (detail) throw new InvariantError(checker.name, detail)
  }
}

async function takeStep(run: Run): Promise<void> {
  const { world } = run
  const label = await world.schedule.step()
  run.steps++
  world.trace.add(`${run.steps} ${world.schedule.now()} ${label}`)
  const version = [world.core, world.overflow, world.stores].map((part) => part?.version()).join()
  if (version !== run.checkedVersion) {
    for (const checker of atEachStep) {
      const detail = run.checks(checker.name) ? await checker.check(world) : undefined
      if (detail) throw new InvariantError(checker.name, detail)
    }
    run.checkedVersion = version
  }
  if (world.failure && run.checks(nameOf(world.failure))) throw world.failure
}

const nameOf = (error: unknown): string => (error instanceof InvariantError ? error.invariant : restName)

function describe(error: unknown, { world, steps }: Run): SimulationFailure {
  const detail = error instanceof InvariantError ? error.detail : ((error as Error).stack ?? String(error))
  const invariant = error instanceof InvariantError ? error.invariant : 'nothing throws'
  return {
    invariant,
    detail,
    step: steps,
    at: new Date(world.schedule.now()).toISOString(),
    trace: world.trace.last(12),
  }
}
