import { overflowPrefix } from '@trailstitch/backends'
import type { Cast } from './cast.ts'

/** Starts what goes wrong by itself: processes die or are asked to stop, and bytes that are no chunk turn up. */
export function startChaos(cast: Cast): void {
  void run(cast)
}

async function run(cast: Cast): Promise<void> {
  const { world } = cast
  const { schedule, random } = world
  for (;;) {
    await schedule.sleep(random.int(500, 20_000), 'chaos')
    if (random.chance(world.faults.garbage)) {
      const garbage = Buffer.from(random.pick(['', 'TSC1', 'TSC1\0\0\0\u0002{}', 'no chunk at all']))
      if (world.overflow && random.chance(0.5)) await world.overflow.put(`${overflowPrefix}garbage`, garbage)
      else world.core.put(garbage, 0)
      world.count('garbage')
    }
    if (world.faults.crash === 0) continue
    const collector = random.pick([...cast.collectors, undefined])
    const worker = random.pick([...cast.workers, undefined])
    const fate = { collector: random.unit(), worker: random.unit() }
    if (fate.collector < 0.3) collector?.process.kill()
    else if (fate.collector < 0.5) void collector?.stop()
    if (fate.worker < 0.3) worker?.process.kill()
    else if (fate.worker < 0.5) worker?.stop()
  }
}
