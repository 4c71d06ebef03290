import { join } from 'node:path'
import { openQueue, openStore, silentLog } from '@trailstitch/backends'
import { createProcessor } from '@trailstitch/processor'
import { createProjects, encodeChunk, type WireEvent } from '@trailstitch/protocol'
import { createBatch } from '../traffic/bodies.ts'
import { createEvent, origins, type Scene, userAgents } from '../traffic/event.ts'
import { createRandom } from '../traffic/random.ts'
import { createTraffic } from '../traffic/traffic.ts'

/** Whose journey is read. */
export const heroId = 'customer-with-a-long-history'
/** Of the first project that `trailstitch start` makes in an empty data folder. */
export const project = 'default'
export const heroEvents = 100_000
/** The newest of her events, which lie one in a block. */
export const scattered = 1_000
const perVisit = 20
/** As many as the store packs together. */
const perChunk = 64
const years = 2
const yearMs = 365 * 86_400_000

/**
 * Fills the store of a data folder through the processor, a chunk at a time: in each chunk a visit of hers among other
 * people's events, over the last two years and three devices. Last come her newest events, one a chunk, so that a page
 * of 50 opens 50 blocks: nothing worse can happen to a journey.
 */
export async function fillJourney(folder: string, show: (events: number) => void): Promise<void> {
  const clock = { now: Date.now() - years * yearMs }
  const deps = { now: () => clock.now, log: silentLog }
  const queue = await openQueue(`sqlite:${join(folder, 'queue.db')}`, deps)
  const store = await openStore(`sqlite:${join(folder, 'store.db')}`, deps)
  const projects = createProjects([{ id: project, name: 'Default', writeKeys: ['wk_bench'] }])
  // One chunk at a time, or her visits of many chunks would be packed side by side.
  const processor = createProcessor({ queue, store, projects, deps, maxChunks: 1 })
  const next = createStory()
  const chunks = (heroEvents - scattered) / perVisit + scattered
  const stepMs = (years * yearMs) / (chunks + 1)
  const perRound = 500
  try {
    let done = 0
    for (let seq = 1; seq <= chunks; ) {
      const bodies: Uint8Array[] = []
      for (; bodies.length < perRound && seq <= chunks; seq++) {
        clock.now += stepMs
        const heroes = seq <= chunks - scattered ? perVisit : 1
        done += heroes
        bodies.push(toChunk(next(clock.now, heroes), seq, Math.floor(clock.now)))
      }
      for (const { ok, error } of await queue.send(bodies)) if (!ok) throw error
      await processor.drain()
      show(done)
    }
  } finally {
    await queue.close()
    await store.close()
  }
}

/** Gives the events of a chunk: hers, then those of others. */
function createStory(): (at: number, heroes: number) => WireEvent[] {
  const random = createRandom(7)
  const traffic = createTraffic({ seed: 7 })
  const devices = [0, 60, 120].map((index) => ({ anonymousId: `device-${index}`, userAgent: userAgents[index] ?? '' }))
  return (at, heroes) => {
    const scene: Scene = {
      ...random.pick(devices),
      ...random.pick(origins),
      userId: heroId,
      locale: 'en-GB',
      screen: { width: 1920, height: 1080, density: 1 },
    }
    const own = Array.from({ length: heroes }, (_, index) => createEvent(random, scene, at - (heroes - index) * 20_000))
    return [...own, ...Array.from({ length: perChunk - heroes }, () => traffic.next(at))]
  }
}

function toChunk(events: readonly WireEvent[], seq: number, at: number): Uint8Array {
  const { body } = createBatch(events, at, 'wk_bench')
  const part = {
    project,
    kind: 'batch',
    receivedAt: at,
    encoding: 'identity',
    bytes: body.length,
    events: events.length,
  } as const
  return encodeChunk({ collector: 'bench', seq, packedAt: at, parts: [part] }, [body])
}
