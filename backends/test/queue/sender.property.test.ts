import { setImmediate as turn } from 'node:timers/promises'
import { decodeChunk } from '@trailstitch/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createSender } from '../../src/queue/sender.ts'
import { createClock } from '../fixtures/clock.ts'
import { createScriptedQueue, type ScriptedSend } from '../fixtures/scripted-queue.ts'

/** What a run does: callers send, or the queue ends one of the sends that are under way. */
const step = fc.oneof(
  fc.record({ kind: fc.constant('send' as const), bytes: fc.integer({ min: 8, max: 1500 }) }),
  fc.record({ kind: fc.constantFrom('succeed' as const, 'fail' as const, 'reject' as const), which: fc.nat(3) }),
)

test('whatever succeeds and fails, numbers have no holes and each resolved body is in one chunk', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const { queue, sends } = createScriptedQueue()
      const sender = createSender({ queue, deps: createClock().deps, maxChunkBytes: 2048 })
      const arrived: ScriptedSend[] = []
      const ended = new Set<ScriptedSend>()
      const end = (send: ScriptedSend | undefined, how: 'succeed' | 'fail' | 'reject'): void => {
        if (!send || ended.has(send)) return
        ended.add(send)
        if (how === 'succeed') arrived.push(send)
        send[how]()
      }
      const calls: Promise<unknown>[] = []
      const resolved: number[] = []
      const callAgain = (bytes: number): void => {
        const number = calls.length
        const body = Buffer.alloc(bytes)
        body.writeUInt32LE(number)
        const part = { project: 'p', kind: 'track', receivedAt: 1, encoding: 'identity', events: 1 } as const
        calls.push(
          sender.send(part, body).then(
            () => resolved.push(number),
            () => undefined,
          ),
        )
      }
      for (const next of steps) {
        if (next.kind === 'send') {
          callAgain(next.bytes)
          continue
        }
        await turn()
        const open = sends.filter((send) => !ended.has(send))
        end(open[next.which % open.length], next.kind)
        await turn()
      }
      const closing = sender.close()
      let isClosed = false
      void closing.then(() => {
        isClosed = true
      })
      while (!isClosed) {
        for (const send of sends) end(send, 'succeed')
        await turn()
      }
      await Promise.all(calls)

      const chunks = arrived.map(({ body }) => decodeChunk(body))
      const numbers = chunks.flatMap(({ header }) => [header.seq, ...(header.voided ?? [])]).sort((a, b) => a - b)
      expect(numbers).toEqual(sends.map((_, index) => index + 1))
      const bodies = chunks.flatMap((chunk) => chunk.bodies.map((body) => Buffer.from(body).readUInt32LE()))
      expect(bodies.toSorted((a, b) => a - b)).toEqual(resolved.toSorted((a, b) => a - b))
      expect(sender.inFlightBytes()).toBe(0)
    }),
    { numRuns: 500 },
  )
})
