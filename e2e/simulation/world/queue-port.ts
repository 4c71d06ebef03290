import type { Queue, SendOutcome } from '@trailstitch/backends'
import type { ChunkHeader } from '@trailstitch/protocol'
import { type CallFaults, call, drawLatency, never } from './call.ts'
import { InjectedError } from './failure.ts'
import type { Process } from './process.ts'
import type { World } from './world.ts'

/** The queue as one process reaches it: over a network that loses, repeats, delays and reorders. */
export function createQueuePort(world: World, process: Process): Queue {
  const { core } = world
  const faults = (): CallFaults => ({
    refused: world.faults.queueRefused,
    contradicted: world.faults.queueContradicted,
    error: () => new InjectedError('queue'),
  })
  const ask = <T>(label: string, work: () => Promise<T> | T): Promise<T> => call(world, process, label, faults(), work)
  return world.sabotage.queue({
    traits: core.traits,
    async send(bodies) {
      const outcomes: SendOutcome[] = []
      for (const body of bodies) outcomes.push(await sendOne(world, process, body))
      return outcomes
    },
    async receive({ max, waitMs, leaseMs, signal }) {
      const first = await ask('receive', () => core.receive(max, leaseMs))
      if (first.length > 0 || waitMs === 0 || signal?.aborted) return first
      // Nobody looks at the clock that closely: a longer wait makes idle workers cheap.
      await world.schedule.sleep(world.random.int(waitMs / 5, 4 * waitMs), `${process.name} waits`)
      return signal?.aborted ? [] : ask('receive', () => core.receive(max, leaseMs))
    },
    ack: (receipts) => ask('ack', () => core.ack(receipts)),
    nack: (receipts, delayMs) => ask('nack', () => core.nack(receipts, delayMs)),
    extend: (receipts, leaseMs) => ask('extend', () => core.extend(receipts, leaseMs)),
    redrive: (ids) => ask('redrive', () => core.redrive(ids)),
    list: (state, options) => ask('list', () => core.list(state, options)),
    depth: () => ask('depth', () => core.depth()),
    close: async () => undefined,
  })
}

type SendFate = 'sent' | 'refused' | 'contradicted' | 'unheard' | 'late' | 'rejects'

function drawFate({ random, faults }: World): SendFate {
  if (random.chance(faults.sendRefused)) return 'refused'
  if (random.chance(faults.sendContradicted)) return 'contradicted'
  if (random.chance(faults.sendUnheard)) return 'unheard'
  if (random.chance(faults.sendLate)) return 'late'
  if (random.chance(faults.sendRejects)) return 'rejects'
  return 'sent'
}

/** One message on its way. What a dead process had sent may still get there. */
function sendOne(world: World, process: Process, body: Uint8Array): Promise<SendOutcome> {
  if (!process.isAlive) return never()
  const { schedule, random, trace, record } = world
  const header = record.attempted(process, body)
  world.underWay++
  return new Promise((resolve, reject) => {
    const answer = (delayMs: number, settle: () => void): void => {
      schedule.after(delayMs, `${process.name} hears of send`, () => (process.isAlive ? settle() : undefined))
    }
    schedule.after(drawLatency(world), `${process.name} send`, () => {
      const fate = drawFate(world)
      trace.add(`${schedule.now()} ${header.collector}:${header.seq} ${process.isAlive ? fate : 'from a dead process'}`)
      world.count(`sends ${fate}`)
      const arrives = process.isAlive ? !(fate === 'refused' || fate === 'rejects') : random.chance(0.5)
      const isLost = fate === 'unheard' && random.chance(0.5)
      world.underWay--
      if (arrives && !isLost) putIn(world, header, body, fate)
      if (random.chance(world.faults.crash)) return process.kill()
      if (fate === 'unheard') return
      const error = new InjectedError(`send ${fate}`)
      const delayMs = fate === 'late' ? random.int(5_000, 60_000) : drawLatency(world)
      if (fate === 'rejects') answer(delayMs, () => reject(error))
      else answer(delayMs, () => resolve(fate === 'sent' || fate === 'late' ? { ok: true } : { ok: false, error }))
    })
  })
}

/** Durable at once where the sender is told yes. Where it is not, the message may still hang somewhere and come later. */
function putIn(world: World, header: ChunkHeader, body: Uint8Array, fate: SendFate): void {
  const { random, faults, core, record, schedule } = world
  world.underWay++
  const put = (): void => {
    world.underWay--
    record.entered(header)
    core.put(body, random.chance(0.2) ? random.int(0, 20_000) : 0)
  }
  const isToldYes = fate === 'sent' || fate === 'late'
  if (!isToldYes && random.chance(faults.sendArrivesLater))
    schedule.after(random.int(1_000, 200_000), `${header.collector}:${header.seq} arrives late`, put)
  else put()
  if (random.chance(faults.sendDuplicated)) core.put(body, random.int(0, 100_000))
}
