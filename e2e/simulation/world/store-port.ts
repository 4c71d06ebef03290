import { BackendError, type StitchRules, type Store } from '@trailstitch/backends'
import { stitchRules } from '@trailstitch/processor'
import type { Answers, Query } from '@trailstitch/protocol'
import { type CallFaults, call } from './call.ts'
import { InjectedError, InvariantError } from './failure.ts'
import type { Process } from './process.ts'
import type { World } from './world.ts'

/** A store connection of one process, with faults before, after and inside of its transactions. */
export interface StorePort {
  store: Store
  /** The rules as this process has them: they fail where a fault inside stitching is due. */
  rules: StitchRules
  /** Drops the connection, as the end of the process does. */
  drop(): Promise<void>
}

/** A store that is down, which is waited for, and one that has another trouble. */
const errorCodes = ['file_locked', 'disk_full', 'backend_failed'] as const

/** Something that fails when it is used for the nth time. Armed for one call at a time. */
interface Fuse {
  arm(uses: number): void
  disarm(): void
  use(): void
}

function createFuse(): Fuse {
  let left = Number.POSITIVE_INFINITY
  return {
    arm(uses) {
      left = uses
    },
    disarm() {
      left = Number.POSITIVE_INFINITY
    },
    use() {
      if (--left === 0) throw new InjectedError('inside the transaction')
    },
  }
}

/** Opens a connection for a process and puts the faults around it. */
export async function openStorePort(world: World, process: Process): Promise<StorePort> {
  const { stores, random } = world
  const fuse = createFuse()
  // SQLite's append asks for the time inside its transaction, which makes the clock a way to fail there. The memory
  // store has no transactions: nothing can fail inside of it.
  const now = (): number => {
    fuse.use()
    return process.now()
  }
  const under = await stores.open(now)
  const faults = (): CallFaults => ({
    refused: world.faults.storeRefused,
    contradicted: world.faults.storeContradicted,
    error: () => new BackendError(random.pick(errorCodes), 'injected'),
  })
  const guarded = async <T>(maxUses: number, work: () => Promise<T>): Promise<T> => {
    if (stores.kind === 'sqlite' && random.chance(world.faults.storeInside)) fuse.arm(random.int(1, maxUses))
    try {
      return await work()
    } finally {
      fuse.disarm()
    }
  }
  const store: Store = {
    append: (chunks) =>
      call(world, process, 'append', faults(), async () => {
        const outcomes = await guarded(2, () => under.append(chunks))
        world.record.appended(chunks, outcomes)
        const differences = await stores.follow(chunks, outcomes, process.now())
        if (differences) world.failure ??= new InvariantError('sqlite equals memory', `an append:\n${differences}`)
        return outcomes
      }),
    stitch: (rules, maxEvents) =>
      call(world, process, 'stitch', faults(), async () => {
        const outcome = await guarded(20, () => under.stitch(rules, maxEvents))
        stores.stitched(outcome.behind)
        return outcome
      }),
    query: <Q extends Query>(query: Q) =>
      call<Answers[Q['type']]>(world, process, `query ${query.type}`, faults(), () => under.query(query)),
    markReplayed: (id, at) => call(world, process, 'markReplayed', faults(), () => under.markReplayed(id, at)),
    records: under.records,
    removeProject: (project, maxEvents) =>
      call(world, process, 'removeProject', faults(), () => under.removeProject(project, maxEvents)),
    erase: (request, maxEvents) =>
      call(world, process, 'erase', faults(), () =>
        guarded(20, () => under.erase(request, Math.min(maxEvents, random.pick([1, 7, maxEvents])))),
      ),
    maintain: (retention) => call(world, process, 'maintain', faults(), () => under.maintain(retention)),
    close: async () => undefined,
  }
  const rules = fusedRules(world.sabotage.rules(stitchRules), fuse)
  return { store, rules, drop: async () => void (stores.kind === 'sqlite' && (await under.close())) }
}

const fusedRules = (rules: StitchRules, fuse: Fuse): StitchRules => {
  const fused = <A extends unknown[], R>(rule: (...given: A) => R) => {
    return (...given: A): R => {
      fuse.use()
      return rule(...given)
    }
  }
  return {
    foldVisitor: fused(rules.foldVisitor),
    extendVisitor: fused(rules.extendVisitor),
    forget: fused(rules.forget),
    foldPart: fused(rules.foldPart),
    joinParts: fused(rules.joinParts),
    resolveAliases: fused(rules.resolveAliases),
  }
}
