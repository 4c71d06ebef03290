import { type Overflow, runRedriver, silentLog } from '@trailstitch/backends'
import { createProcessor } from '@trailstitch/processor'
import { createBlobPort } from '../world/blob-port.ts'
import type { Process } from '../world/process.ts'
import { createQueuePort } from '../world/queue-port.ts'
import { openStorePort, type StorePort } from '../world/store-port.ts'
import type { World } from '../world/world.ts'
import type { Cast, Worker } from './cast.ts'

/** Starts a processor: the real loops with their real pauses, on a faulty queue, store and overflow. */
export async function startWorker(cast: Cast): Promise<void> {
  const { world } = cast
  const { random } = world
  let port: StorePort | undefined
  const stop = new AbortController()
  const process = world.spawn('worker', () => {
    cast.workers.delete(worker)
    void port?.drop()
    replace(cast)
  })
  const worker: Worker = { process, stop: () => stop.abort() }
  cast.workers.add(worker)
  port = await openStorePort(world, process)
  const queue = createQueuePort(world, process)
  const deps = { now: process.now, log: silentLog }
  const processor = createProcessor({
    queue,
    store: port.store,
    projects: world.projects,
    directory: world.directory,
    deps,
    rules: port.rules,
    maxChunks: random.pick([1, 3, 64]),
    maxStitchEvents: random.pick([1, 7, 20_000]),
  })
  const overflow = openOverflow(world, process)
  const maxChunks = random.pick([1, 2, 16])
  const redriving =
    overflow && world.owner.run(process, () => runRedriver({ queue, overflow, deps, maxChunks }, stop.signal))
  const running = world.owner.run(process, () => processor.run(stop.signal))
  void Promise.all([running, redriving]).then(
    () => process.close(),
    () => {
      world.count('graceful stops of a worker that ended in an error')
      process.close()
    },
  )
}

/** Nobody looks at the clock that closely: a longer wait at an empty overflow makes idle re-drivers cheap. */
function openOverflow(world: World, process: Process): Overflow | undefined {
  if (!world.overflow) return undefined
  const blob = createBlobPort(world, process, world.overflow)
  return {
    ...blob,
    async list(...args) {
      const page = await blob.list(...args)
      if (page.items.length === 0) await world.schedule.sleep(world.random.int(0, 60_000), `${process.name} waits`)
      return page
    },
  }
}

function replace(cast: Cast): void {
  const { schedule, random } = cast.world
  schedule.after(random.int(0, 10_000), 'a worker starts', async () => {
    if (cast.workers.size < cast.wanted.workers) await startWorker(cast)
  })
}
