import type { AppendChunk, Store } from '@trailstitch/backends'
import type { StoredEvent } from '@trailstitch/protocol'
import fc from 'fast-check'
import { stitchRules } from '../../src/stitch/index.ts'
import { arbitraryEvents } from './generate.ts'
import { chunkOf } from './worlds.ts'

/** How one set of events reaches a store: order, repetition, chunks, workers and how far each stitching goes. */
export interface Delivery {
  order: StoredEvent[]
  copies: StoredEvent[]
  sizes: number[]
  workers: number[]
  redelivered: number[]
  budgets: number[]
}

const delivery = (events: StoredEvent[]): fc.Arbitrary<Delivery> =>
  fc.record({
    order: fc.shuffledSubarray(events, { minLength: events.length }),
    copies: fc.subarray(events),
    sizes: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 10 }),
    workers: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 20 }),
    redelivered: fc.array(fc.nat(), { maxLength: 3 }),
    budgets: fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 }),
  })

/** Brings events to the workers of one store as the delivery says, and stitches all of them. */
export async function deliver(workers: readonly Store[], given: Delivery): Promise<void> {
  const worker = (step: number): Store =>
    workers[(given.workers[step % given.workers.length] ?? 0) % workers.length] as Store
  const stream = [...given.order, ...given.copies]
  const chunks: AppendChunk[] = []
  for (let at = 0; at < stream.length; ) {
    const size: number = given.sizes[chunks.length % given.sizes.length] ?? 1
    chunks.push(chunkOf(stream.slice(at, at + size), chunks.length + 1))
    at += size
  }
  const deliveries = [...chunks, ...given.redelivered.map((index) => chunks[index % chunks.length] as AppendChunk)]
  for (const [step, chunk] of deliveries.entries()) {
    await worker(step).append([chunk])
    if (step % 2 === 0) await worker(step + 1).stitch(stitchRules, given.budgets[step % given.budgets.length] ?? 1)
  }
  for (let behind = 1; behind > 0; ) behind = (await worker(behind).stitch(stitchRules, 25)).behind
}

/** Events, a way for them to reach a store, and a number of workers. */
export const arbitraryDeliveries: fc.Arbitrary<[events: StoredEvent[], given: Delivery, workers: number]> = fc
  .oneof(
    { weight: 3, arbitrary: arbitraryEvents({ maxLength: 30, edges: true }) },
    { weight: 1, arbitrary: arbitraryEvents({ minLength: 55, maxLength: 90, edges: false, dense: true }) },
  )
  .chain((events) => fc.tuple(fc.constant(events), delivery(events), fc.integer({ min: 1, max: 4 })))
