import { openStore, type Store, silentLog } from '@trailstitch/backends'
import type { PersonDetail, Session, StoredEvent } from '@trailstitch/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { stitchRules } from '../../src/stitch/index.ts'
import { withFiles, withMongo } from './databases.ts'
import { arbitraryEvents, runs } from './generate.ts'
import { chunkOf, readAll, readWorld } from './worlds.ts'

const hourMs = 3_600_000
const start = Date.UTC(2026, 0, 1)
/** Events lie within three days, so some of them are past this when others come. */
const retention = { days: new Map([['p', 1]]), rules: stitchRules }

/** A chunk that is received some hours after the one before, and whether the store then lets go of what is old. */
interface Step {
  events: StoredEvent[]
  hours: number
  maintains: boolean
}

const arbitrarySteps: fc.Arbitrary<Step[]> = fc
  .oneof(
    arbitraryEvents({ minLength: 6, maxLength: 40, edges: true }),
    arbitraryEvents({ minLength: 50, maxLength: 80, edges: false, dense: true }),
  )
  .chain((events) =>
    fc.tuple(
      // About in the order in which they happened, as events come, or in any.
      fc.oneof(
        fc.constant(events.toSorted((a, b) => a.timestamp - b.timestamp)),
        fc.shuffledSubarray(events, { minLength: events.length }),
      ),
      fc.array(
        fc.record({
          size: fc.integer({ min: 1, max: 12 }),
          hours: fc.constantFrom(0, 1, 5, 17, 30),
          maintains: fc.boolean(),
        }),
        { minLength: 4, maxLength: 12 },
      ),
    ),
  )
  .map(([events, plan]) => {
    const steps: Step[] = []
    let [at, now] = [0, start]
    for (let index = 0; at < events.length; index++) {
      const { size, hours, maintains } = plan[index % plan.length] as { size: number } & Step
      now += hours * hourMs
      const receivedAt = now
      steps.push({ events: events.slice(at, at + size).map((one) => ({ ...one, receivedAt })), hours, maintains })
      at += size
    }
    // Everything is past its time in the end.
    return [...steps, { events: [], hours: 1, maintains: true }, { events: [], hours: 130, maintains: true }]
  })

/** A store with a clock of its own, and how it comes along. */
interface Run {
  take(step: Step): Promise<void>
  store: Store
}

async function openRun(url: string, maxEvents: number): Promise<Run> {
  let now = start
  let seq = 0
  const store = await openStore(url, { now: () => now, log: silentLog })
  const take = async ({ events, hours, maintains }: Step): Promise<void> => {
    now += hours * hourMs
    if (events.length > 0) await store.append([chunkOf(events, ++seq)])
    for (let behind = 1; behind > 0; ) ({ behind } = await store.stitch(stitchRules, maxEvents))
    if (maintains) for (let more = true; more; ) more = await store.maintain(retention)
  }
  return { store, take }
}

/** All answers but how many people an hour had: of hours that are gone that is known by stretches, not by events. */
const readAnswers = async (store: Store): Promise<unknown> =>
  JSON.parse(JSON.stringify(await readWorld(store)), (key, value: unknown) =>
    key === 'people' && typeof value === 'number' ? undefined : value,
  )

interface Kept {
  people: (PersonDetail | undefined)[]
  totals: unknown
  sessions: string[]
}

async function readKept(store: Store): Promise<Kept> {
  const people = await readAll<PersonDetail>(store, { type: 'people', project: 'p' })
  const range = { from: start - 24 * hourMs, to: start + 96 * hourMs }
  const { people: _count, ...totals } = (await store.query({ type: 'overview', project: 'p', ...range, bots: true }))
    .totals
  return {
    people: await Promise.all(people.map(({ profileId }) => store.query({ type: 'person', project: 'p', profileId }))),
    totals,
    sessions: (await readAll<Session>(store, { type: 'sessions', project: 'p' })).map((one) => JSON.stringify(one)),
  }
}

/** Takes all steps, and compares with the reference store after each. Gives how many of them let go of something. */
async function hold(url: string, steps: readonly Step[], maxEvents: number): Promise<number> {
  const [oracle, run] = [await openRun('memory:', 1), await openRun(url, maxEvents)]
  let told = 0
  for (const step of steps) {
    await oracle.take({ ...step, maintains: false })
    await run.take({ ...step, maintains: false })
    const before = await readKept(run.store)
    if (step.maintains) {
      const nothing = { events: [], hours: 0, maintains: true }
      await oracle.take(nothing)
      await run.take(nothing)
      const { sessions, ...after } = await readKept(run.store)
      const { sessions: earlier, ...kept } = before
      expect(after).toEqual(kept)
      expect(earlier).toEqual(expect.arrayContaining(sessions))
      if (sessions.length < earlier.length) told++
    }
    expect(await readAnswers(run.store)).toEqual(await readAnswers(oracle.store))
  }
  expect(await readAll(run.store, { type: 'events', project: 'p' })).toEqual([])
  await run.store.close()
  return told
}

const arbitraryCase = fc.tuple(arbitrarySteps, fc.integer({ min: 1, max: 30 }))

test('stores let go of the same, at any moment of any history, and fold on as if it were there', {
  timeout: 3_600_000,
}, async () => {
  let told = 0
  await withFiles((onNew) =>
    fc.assert(
      fc.asyncProperty(arbitraryCase, async ([steps, maxEvents]) => {
        told += await onNew((url) => hold(url, steps, maxEvents))
      }),
      { numRuns: Math.ceil(runs / 10) },
    ),
  )
  expect(told).toBeGreaterThan(runs / 10)
})

test.skipIf(!process.env.MONGO_URL)('so it is in MongoDB', { timeout: 3_600_000 }, () =>
  withMongo((onNew) =>
    fc.assert(
      fc.asyncProperty(arbitraryCase, async ([steps, maxEvents]) => {
        await onNew((url) => hold(url, steps, maxEvents))
      }),
      { numRuns: Math.ceil(runs / 40) },
    ),
  ),
)
