import { type Overflow, overflowPrefix } from '@trailstitch/backends'
import type { BlobCore } from './blob-core.ts'
import { type CallFaults, call, drawLatency, never } from './call.ts'
import { InjectedError } from './failure.ts'
import type { Process } from './process.ts'
import type { World } from './world.ts'

/** Blob storage as one process reaches it. */
export function createBlobPort(world: World, process: Process, core: BlobCore): Overflow {
  const faults = (): CallFaults => ({
    refused: world.faults.blobRefused,
    contradicted: world.faults.blobContradicted,
    error: () => new InjectedError('blob'),
  })
  const ask = <T>(label: string, work: () => Promise<T> | T): Promise<T> => call(world, process, label, faults(), work)
  return {
    put: (name, body) => {
      if (name.startsWith(overflowPrefix)) return putChunk(world, process, core, name, body)
      return ask('put', () => core.put(name, body))
    },
    get: (name) => ask('get', () => core.get(name)),
    list: (prefix, options) => ask('list blobs', () => core.list(prefix, options)),
    delete: (name) => ask('delete', () => core.delete(name)),
  }
}

/** A chunk on its way into the overflow. What a dead process had sent may still get there. */
function putChunk(world: World, process: Process, core: BlobCore, name: string, body: Uint8Array): Promise<void> {
  if (!process.isAlive) return never()
  const { schedule, random, trace, record } = world
  const header = record.attempted(process, body)
  world.underWay++
  return new Promise((resolve, reject) => {
    const answer = (settle: () => void): void => {
      schedule.after(drawLatency(world), `${process.name} hears of put`, () => (process.isAlive ? settle() : undefined))
    }
    schedule.after(drawLatency(world), `${process.name} put`, async () => {
      const isDone = !random.chance(process.isAlive ? world.faults.blobRefused : 0.5)
      trace.add(`${schedule.now()} ${header.collector}:${header.seq} ${isDone ? 'overflows' : 'does not overflow'}`)
      world.count(isDone ? 'puts done' : 'puts refused')
      world.underWay--
      if (isDone) {
        record.entered(header)
        await core.put(name, body)
      }
      if (random.chance(world.faults.crash)) return process.kill()
      if (random.chance(world.faults.blobUnheard)) return
      if (isDone && !random.chance(world.faults.blobContradicted)) answer(resolve)
      else answer(() => reject(new InjectedError('put')))
    })
  })
}
