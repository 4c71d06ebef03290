import { silentLog } from '@trailstitch/backends'
import { createProcessor } from '@trailstitch/processor'
import { createQueuePort } from '../world/queue-port.ts'
import { openStorePort, type StorePort } from '../world/store-port.ts'
import type { Cast, Worker } from './cast.ts'

/** Starts a processor: the real loop with its real pauses, on a faulty queue and a faulty store. */
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
  const processor = createProcessor({
    queue: createQueuePort(world, process),
    store: port.store,
    projects: world.projects,
    deps: { now: process.now, log: silentLog },
    rules: port.rules,
    maxChunks: random.pick([1, 3, 64]),
    maxStitchEvents: random.pick([1, 7, 20_000]),
  })
  const running = world.owner.run(process, () => processor.run(stop.signal))
  void running.then(
    () => process.close(),
    () => {
      world.count('graceful stops of a worker that ended in an error')
      process.close()
    },
  )
}

function replace(cast: Cast): void {
  const { schedule, random } = cast.world
  schedule.after(random.int(0, 10_000), 'a worker starts', async () => {
    if (cast.workers.size < cast.wanted.workers) await startWorker(cast)
  })
}
