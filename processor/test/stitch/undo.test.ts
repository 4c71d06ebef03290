import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openStore, type Store, silentLog } from '@trailstitch/backends'
import type { StoredEvent } from '@trailstitch/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { stitchRules } from '../../src/stitch/index.ts'
import { arbitraryEvents, runs } from './generate.ts'
import { chunkOf, noon } from './worlds.ts'

const deps = { now: () => noon, log: silentLog }

/** The people and sessions as they are shown, as bytes; links tell the history and so are another matter. */
async function peopleAndSessions(store: Store): Promise<string> {
  const people = await store.query({ type: 'people', project: 'p', limit: 1000 })
  const sessions = await store.query({ type: 'sessions', project: 'p', limit: 1000 })
  const overview = await store.query({ type: 'overview', project: 'p', from: 0, to: noon * 2 })
  return JSON.stringify([people, sessions, overview.totals, overview.hours, overview.by])
}

const merge = fc.record({
  /** alias: `from` is an id of any kind; link: the anonymousId `from`. */
  kind: fc.constantFrom('alias', 'link'),
  from: fc.constantFrom('a1', 'a2', 'u1', 'u2'),
  user: fc.constantFrom('u1', 'u2', 'u3'),
})

/** An alias and, later, the operator's word that it was wrong. */
function aliasAndUndo({ kind, from, user }: { kind: string; from: string; user: string }, end: number): StoredEvent[] {
  const ids = kind === 'alias' ? { previousId: from } : { anonymousId: from }
  const common = { project: 'p', receivedAt: end, userId: user, ...ids }
  return [
    { ...common, messageId: 'merge', type: 'alias', name: 'alias', timestamp: end + 1 },
    { ...common, messageId: 'undo', type: 'unlink', name: 'unlink', timestamp: end + 2 },
  ]
}

test('the undo of a merge restores the same bytes, whether it comes before the merge or after it', {
  timeout: 3_600_000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'undo-'))
  let run = 0
  let changed = 0
  try {
    await fc.assert(
      fc.asyncProperty(
        arbitraryEvents({ maxLength: 20, edges: false }),
        merge,
        fc.boolean(),
        async (events, given, early) => {
          // An event with both ids is a link of its own, which the undo would take back with the merge.
          const own = events.map((event) =>
            event.anonymousId === given.from && event.userId === given.user ? { ...event, userId: 'u4' } : event,
          )
          const end = Math.max(...own.map((event) => event.timestamp))
          const [alias, undo] = aliasAndUndo(given, end) as [StoredEvent, StoredEvent]
          const path = join(folder, `${run++}.db`)
          for (const url of ['memory:', `sqlite:${path}`]) {
            const store = await openStore(url, deps)
            await store.append([chunkOf(own, 1)])
            await store.stitch(stitchRules, 1000)
            const before = await peopleAndSessions(store)
            for (const [index, event] of (early ? [undo, alias] : [alias, undo]).entries()) {
              await store.append([chunkOf([event], 2 + index)])
              await store.stitch(stitchRules, 1000)
              if (index === 0 && !early && (await peopleAndSessions(store)) !== before) changed++
            }
            expect(await peopleAndSessions(store)).toBe(before)
            await store.close()
          }
          rmSync(path, { force: true })
        },
      ),
      { numRuns: Math.ceil(runs / 2) },
    )
    expect(changed).toBeGreaterThan(runs / 20) // merges that changed nothing would prove nothing
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
