import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type AppendChunk, openStore, type Store, silentLog } from '@trailstitch/backends'
import type { StoredEvent } from '@trailstitch/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { stitchRules } from '../../src/stitch/index.ts'
import { arbitraryEvents, runs } from './generate.ts'
import { chunkOf, noon, readWorld } from './worlds.ts'

const deps = { now: () => noon, log: silentLog }

/** How one set of events reaches a store: order, repetition, chunks, workers and how far each stitching goes. */
interface Delivery {
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

async function deliver(workers: readonly Store[], given: Delivery): Promise<void> {
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

test('any order, repetition, batching and interleaving over 1 to 4 workers gives the answers of the reference store', {
  timeout: 3_600_000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'stores-'))
  let run = 0
  try {
    await fc.assert(
      fc.asyncProperty(
        fc
          .oneof(
            { weight: 3, arbitrary: arbitraryEvents({ maxLength: 30, edges: true }) },
            { weight: 1, arbitrary: arbitraryEvents({ minLength: 55, maxLength: 90, edges: false, dense: true }) },
          )
          .chain((events) => fc.tuple(fc.constant(events), delivery(events), fc.integer({ min: 1, max: 4 }))),
        async ([events, given, count]) => {
          const oracle = await openStore('memory:', deps)
          await oracle.append([chunkOf([...events, ...given.copies], 1)])
          await oracle.stitch(stitchRules, 1)
          const expected = await readWorld(oracle)

          const memory = await openStore('memory:', deps)
          await deliver([memory], given)
          expect(await readWorld(memory)).toEqual(expected)

          const url = `sqlite:${join(folder, `${run++}.db`)}`
          const workers = await Promise.all(Array.from({ length: count }, () => openStore(url, deps)))
          await deliver(workers, given)
          expect(await readWorld(workers[0] as Store)).toEqual(expected)
          await Promise.all(workers.map((store) => store.close()))
          rmSync(url.slice('sqlite:'.length), { force: true })
        },
      ),
      { numRuns: runs },
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
