import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openStore, type Store, silentLog } from '@trailstitch/backends'
import type { StoredEvent } from '@trailstitch/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { stitchRules } from '../../src/stitch/index.ts'
import { createMongoRun } from '../mongo-run.ts'
import { arbitraryDeliveries, deliver } from './deliveries.ts'
import { runs } from './generate.ts'
import { chunkOf, noon, readWorld } from './worlds.ts'

const deps = { now: () => noon, log: silentLog }
/** A run over the network takes ten times as long. */
const mongoRuns = Math.ceil(runs / 10)

/** What the reference store answers when it is handed everything at once. */
async function expectedWorld(events: readonly StoredEvent[]): Promise<unknown> {
  const oracle = await openStore('memory:', deps)
  await oracle.append([chunkOf(events, 1)])
  await oracle.stitch(stitchRules, 1)
  return readWorld(oracle)
}

test('any order, repetition, batching and interleaving over 1 to 4 workers gives the answers of the reference store', {
  timeout: 3_600_000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'stores-'))
  let run = 0
  try {
    await fc.assert(
      fc.asyncProperty(arbitraryDeliveries, async ([events, given, count]) => {
        const expected = await expectedWorld([...events, ...given.copies])
        const memory = await openStore('memory:', deps)
        await deliver([memory], given)
        expect(await readWorld(memory)).toEqual(expected)

        const url = `sqlite:${join(folder, `${run++}.db`)}`
        const workers = await Promise.all(Array.from({ length: count }, () => openStore(url, deps)))
        await deliver(workers, given)
        expect(await readWorld(workers[0] as Store)).toEqual(expected)
        await Promise.all(workers.map((store) => store.close()))
        rmSync(url.slice('sqlite:'.length), { force: true })
      }),
      { numRuns: runs },
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

test.skipIf(!process.env.MONGO_URL)('so it is in MongoDB', { timeout: 3_600_000 }, async () => {
  const databases = createMongoRun(process.env.MONGO_URL ?? '')
  let run = 0
  try {
    await fc.assert(
      fc.asyncProperty(arbitraryDeliveries, async ([events, given, count]) => {
        const expected = await expectedWorld([...events, ...given.copies])
        const url = databases.url(`run${run++}`)
        const workers = await Promise.all(Array.from({ length: count }, () => openStore(url, deps)))
        await deliver(workers, given)
        expect(await readWorld(workers[0] as Store)).toEqual(expected)
        await Promise.all(workers.map((store) => store.close()))
        await databases.drop()
      }),
      { numRuns: mongoRuns },
    )
  } finally {
    await databases.drop()
  }
})
