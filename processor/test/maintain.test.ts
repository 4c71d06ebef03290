import { join } from 'node:path'
import { createSender, openQueue, openStore, type Retention, type Store, systemDeps } from '@trailstitch/backends'
import { createProjects, type Project } from '@trailstitch/protocol'
import { expect, onTestFinished, test } from 'vitest'
import { createFolder } from '../../backends/test/fixtures/folder.ts'
import { createProcessor } from '../src/index.ts'

const hourMs = 3_600_000
const projects: Project[] = [
  { id: 'p', name: 'P', writeKeys: ['k'], retentionDays: 30 },
  { id: 'q', name: 'Q', writeKeys: ['l'] },
]

/** A worker whose clock is ours, on a store that says what each `maintain` does. It stops after so many stitchings. */
async function run(maintain: (call: number) => Promise<boolean>, rounds: number, elapse: (round: number) => number) {
  let now = Date.now()
  let round = 0
  const deps = {
    now: () => now,
    log: { ...systemDeps.log, error: (_: object, text: string) => void errors.push(text) },
  }
  const errors: string[] = []
  const asked: (Retention | undefined)[] = []
  const stop = new AbortController()
  const folder = createFolder()
  onTestFinished(() => folder.remove())
  const queue = await openQueue(`sqlite:${join(folder.path, 'queue.db')}`, deps)
  const memory = await openStore('memory:', deps)
  const sender = createSender({ queue, deps })
  const send = (): Promise<void> =>
    sender.send(
      { project: 'p', kind: 'track', receivedAt: now, encoding: 'identity', events: 1 },
      Buffer.from(JSON.stringify({ type: 'track', event: 'Sent', anonymousId: 'a1' })),
    )
  const store: Store = {
    ...memory,
    maintain: (retention) => maintain(asked.push(retention)),
    async stitch(rules, maxEvents) {
      now += elapse(++round)
      if (round === rounds) stop.abort()
      else await send()
      return memory.stitch(rules, maxEvents)
    },
  }
  await send()
  await createProcessor({ queue, store, projects: createProjects(projects), deps, maxChunks: 1 }).run(stop.signal)
  const { stored } = await memory.query({ type: 'ledger' })
  await sender.close()
  await queue.close()
  return { asked, errors, stored }
}

test('a worker lets go of what is old once an hour, by the days of each project', async () => {
  const { asked } = await run(
    async () => false,
    4,
    (round) => (round === 2 ? hourMs : 0),
  )
  expect(asked.map((retention) => [...(retention?.days ?? [])])).toEqual([[['p', 30]], [['p', 30]]])
})

test('while there is more to do it does a piece of it each round, between events', async () => {
  const { asked, stored } = await run(
    async (call) => call < 3,
    5,
    () => 0,
  )
  expect(asked).toHaveLength(3)
  expect(stored).toBeGreaterThanOrEqual(5)
})

test('a failure is told, keeps no event waiting, and is tried again in an hour', async () => {
  const failing = async (call: number): Promise<boolean> => {
    if (call === 1) throw new Error('broken on purpose')
    return false
  }
  const { asked, errors, stored } = await run(failing, 4, (round) => (round === 3 ? hourMs : 0))
  expect(asked).toHaveLength(2)
  expect(errors).toEqual([expect.stringContaining('what is old')])
  expect(stored).toBeGreaterThanOrEqual(4)
})
