import { type Ledger, readLedger } from '@trailstitch/dashboard'
import { minuteOf } from '../../../processor/test/stitch/minute.ts'
import type { World } from '../world/world.ts'
import type { Checker } from './checker.ts'
import { enteredNumbers, numbersOf } from './holes.ts'
import { readRejected, readStored } from './read-stored.ts'

const read = ({ stores, core, overflow, schedule }: World): Promise<Ledger> =>
  readLedger({ store: stores.main, queue: core, overflow, now: schedule.now }, {})

/** Read at any moment: received = stored + duplicate + rejected + dead + in flight, and all that was acknowledged is in it. */
export const balanceAtEachStep: Checker = {
  name: 'the ledger balances',
  async check(world) {
    return checkReading(await read(world), world.record.acked, enteredNumbers(world.record))
  },
}

/**
 * What is wrong with a reading of the books. `acked` is what had been acknowledged, and `entered` the numbers that were
 * accounted for, when the reading began: a hole may only be a number that has got into neither queue nor overflow yet.
 */
export function checkReading(
  ledger: Ledger,
  acked: ReadonlyMap<string, number>,
  entered: ReadonlySet<string>,
): string | undefined {
  if (!ledger.complete) return 'queue and overflow were not read to their ends'
  const rows = new Map(ledger.minutes.map((row) => [`${row.minute} ${row.project}`, row]))
  for (const [key, { received, stored, duplicate, rejected, dead, inFlight }] of rows)
    if (received !== stored + duplicate + rejected + dead + inFlight)
      return `${key}: ${JSON.stringify(rows.get(key))} does not add up`
  for (const [key, events] of acked) {
    const received = rows.get(key)?.received ?? 0
    if (received < events) return `${key}: ${events} acknowledged, ${received} received`
  }
  const wrong = numbersOf(ledger.holes).filter((number) => entered.has(number))
  return wrong.length > 0 ? `in overflow, queue or store, yet shown as a hole: ${wrong.join(', ')}` : undefined
}

/** With nothing in flight the books equal a count of what is there: chunks taken in, events stored and events set aside. */
export const balanceAtRest: Checker = {
  name: 'the ledger balances at rest',
  async check(world) {
    const ledger = await read(world)
    if (ledger.inFlight > 0 || ledger.dead > 0) return `${ledger.inFlight} in flight and ${ledger.dead} dead at rest`
    const expected = new Map<string, { received: number; stored: number; rejected: number }>()
    const add = (project: string, minute: number, field: 'received' | 'stored' | 'rejected', events: number): void => {
      const row = expected.get(`${minute} ${project}`) ?? { received: 0, stored: 0, rejected: 0 }
      expected.set(`${minute} ${project}`, row)
      row[field] += events
    }
    for (const chunk of world.record.taken.values())
      for (const { project, minute, events } of chunk.received) add(project, minute, 'received', events)
    for (const { project, receivedAt } of await readStored(world.stores.main))
      add(project, minuteOf(receivedAt), 'stored', 1)
    for (const { project, receivedAt } of await readRejected(world.stores.main))
      add(project, minuteOf(receivedAt), 'rejected', 1)
    for (const { project, minute, ...row } of ledger.minutes) {
      const { received, stored, rejected } = expected.get(`${minute} ${project}`) ?? {
        received: 0,
        stored: 0,
        rejected: 0,
      }
      const wanted = { received, stored, rejected, duplicate: received - stored - rejected }
      expected.delete(`${minute} ${project}`)
      for (const [name, value] of Object.entries(wanted))
        if (row[name as keyof typeof wanted] !== value)
          return `${minute} ${project}: ${name} is ${row[name as keyof typeof wanted]}, expected ${value}`
    }
    return expected.size > 0 ? `minutes missing in the books: ${[...expected.keys()].join(', ')}` : undefined
  },
}
