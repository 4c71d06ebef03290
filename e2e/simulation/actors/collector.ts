import { gzipSync } from 'node:zlib'
import { createSender, silentLog } from '@trailstitch/backends'
import { type ChunkPart, checkBody, parseBody } from '@trailstitch/protocol'
import { createBlobPort } from '../world/blob-port.ts'
import { createQueuePort } from '../world/queue-port.ts'
import type { Cast, Collector, Request } from './cast.ts'

/** Starts a collector: the steps of the real one from the body on, and the real sender on a faulty queue and overflow. */
export function startCollector(cast: Cast): Collector {
  const { world } = cast
  const { random, record, overflow } = world
  const process = world.spawn('collector', () => {
    cast.collectors.delete(collector)
    replace(cast)
  })
  const sender = createSender({
    queue: createQueuePort(world, process),
    ...(overflow && { overflow: createBlobPort(world, process, overflow) }),
    deps: { now: process.now, log: silentLog },
    random: random.unit,
    maxChunkBytes: random.pick([1_500, 4_000, 1024 * 1024]), // small ones make several chunks travel at once
    heartbeatMs: random.int(5_000, 60_000),
  })
  const collector: Collector = {
    process,
    take: (request) => world.owner.run(process, () => take(request)),
    async stop() {
      await world.owner.run(process, () => sender.close())
      process.close()
    },
  }
  const take = async ({ project, kind, body, events, operator }: Request): Promise<boolean> => {
    const receivedAt = process.now()
    const parsed = parseBody(body, kind)
    const refused = operator ? [] : checkBody(parsed)
    const isPacked = random.chance(0.3)
    const bytes = isPacked ? gzipSync(body) : body
    const part: Omit<ChunkPart, 'bytes'> = {
      project,
      kind,
      receivedAt,
      encoding: isPacked ? 'gzip' : 'identity',
      events: parsed.events.length,
      ...(refused.length > 0 && { refused }),
      ...(operator && { operator }),
    }
    try {
      await sender.send(part, bytes)
    } catch {
      return false
    }
    if (process.isAlive) record.acknowledged(project, receivedAt, events)
    return true
  }
  cast.collectors.add(collector)
  return collector
}

function replace(cast: Cast): void {
  const { schedule, random } = cast.world
  schedule.after(random.int(0, 10_000), 'a collector starts', () => {
    if (cast.collectors.size < cast.wanted.collectors) startCollector(cast)
  })
}
