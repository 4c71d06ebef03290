import { BackendError } from '@trailstitch/backends'
import { readLedger } from '@trailstitch/dashboard'
import { checkReading } from '../checkers/balance.ts'
import { enteredNumbers } from '../checkers/holes.ts'
import { createBlobPort } from '../world/blob-port.ts'
import { InjectedError, InvariantError } from '../world/failure.ts'
import { createQueuePort } from '../world/queue-port.ts'
import { openStorePort } from '../world/store-port.ts'
import type { Cast } from './cast.ts'

/** Starts a reader of the books: it asks overflow, queue and store one question at a time while everything moves. */
export function startReader(cast: Cast, checks: boolean): void {
  void run(cast, checks)
}

async function run(cast: Cast, checks: boolean): Promise<void> {
  const { world } = cast
  const { schedule, random, record, core, overflow: blobs } = world
  for (;;) {
    await schedule.sleep(random.int(1_000, 30_000), 'a reader')
    const process = world.spawn('reader')
    const { store, drop } = await openStorePort(world, process)
    const before = enteredNumbers(record)
    const acked = new Map(record.acked)
    const overflow = blobs && createBlobPort(world, process, blobs)
    const redrives = core.redrives()
    try {
      const ledger = await readLedger(
        { store, queue: createQueuePort(world, process), overflow, now: process.now },
        {},
        { pageSize: 3 },
      )
      const detail = checkReading(ledger, acked, before)
      // A chunk that is redriven while the queue is read may be missed, as the reader's own contract says.
      if (checks && detail && core.redrives() === redrives)
        world.failure ??= new InvariantError('the ledger balances', detail)
    } catch (error) {
      if (!(error instanceof InjectedError || error instanceof BackendError)) world.failure ??= error as Error
    } finally {
      process.close()
      await drop()
    }
  }
}
