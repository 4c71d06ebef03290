import { readLedger } from '@trailstitch/dashboard'
import type { LedgerHole } from '@trailstitch/protocol'
import type { CollectorRecord, Record } from '../world/record.ts'
import type { World } from '../world/world.ts'
import type { Checker } from './checker.ts'

/** Numbers of chunks that are accounted for: they got into queue or overflow, or a chunk that did gives them up. */
export function enteredNumbers({ collectors }: Record): Set<string> {
  const numbers = new Set<string>()
  for (const [name, { entered, voided }] of collectors)
    for (const seq of [...entered, ...voided]) numbers.add(`${name}:${seq}`)
  return numbers
}

/** Each number of the holes, as chunk ids. */
export const numbersOf = (holes: readonly LedgerHole[]): string[] =>
  holes.flatMap(({ collector, fromSeq, toSeq }) =>
    Array.from({ length: toSeq - fromSeq + 1 }, (_, index) => `${collector}:${fromSeq + index}`),
  )

/**
 * With nothing in flight no hole stays open, but where a collector died before it could name what it had given up: then
 * the hole is exactly those numbers, and nobody was told yes for them.
 */
export const noHoleStaysOpen: Checker = {
  name: 'no hole stays open',
  async check(world) {
    const { stores, core: queue, overflow, schedule } = world
    const expected = [...world.record.collectors].flatMap(([name, collector]) => orphansOf(world, name, collector))
    const { holes } = await readLedger({ store: stores.main, queue, overflow, now: schedule.now }, {})
    const shown = numbersOf(holes)
    const wrong = shown.filter((number) => !expected.includes(number))
    if (wrong.length > 0) return `open without a reason: ${wrong.join(', ')}`
    const hidden = expected.filter((number) => !shown.includes(number))
    return hidden.length > 0 ? `lost and not shown as a hole: ${hidden.join(', ')}` : undefined
  },
}

/** Numbers that never got into queue or overflow though a later one did, of a collector that had no chance to say so. */
function orphansOf(world: World, name: string, collector: CollectorRecord): string[] {
  const known = new Set([...collector.entered, ...collector.voided])
  const highest = Math.max(0, ...known)
  const orphans = [...collector.attempted].filter((seq) => seq < highest && !known.has(seq))
  if (orphans.length === 0) return []
  // One that lives, or whose last word got through, has named all it gave up.
  const isExcused = collector.process.end === 'killed' || !collector.entered.has(Math.max(...collector.attempted))
  if (!isExcused || collector.process.isAlive) return []
  for (const _ of orphans) world.count('numbers that a dead collector left open')
  return orphans.map((seq) => `${name}:${seq}`)
}
