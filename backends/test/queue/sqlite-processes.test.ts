import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { systemDeps } from '../../src/deps.ts'
import { openQueue } from '../../src/queue/open.ts'
import { createFolder } from '../fixtures/folder.ts'
import { run } from '../fixtures/run.ts'

let folder = createFolder()
afterEach(() => {
  folder.remove()
  folder = createFolder()
})
const urlOf = (): string => `sqlite:${join(folder.path, 'queue.db')}`

async function listBodies(): Promise<string[]> {
  const queue = await openQueue(urlOf(), systemDeps)
  const { items } = await queue.list('pending', { limit: 1_000_000 })
  await queue.close()
  return items.map(({ body }) => Buffer.from(body).toString())
}

test('a sender killed with -9 at any moment leaves all that it was told yes for in the queue', async () => {
  const acked: string[] = []
  for (let round = 0; round < 5; round++) {
    const sender = run('queue-process.ts', 'send', urlOf(), `r${round}`, '1000000')
    await sender.printed(1 + Math.floor(Math.random() * 2000))
    sender.child.kill('SIGKILL')
    expect(await sender.ended).toBe('SIGKILL')
    acked.push(...sender.lines())
  }
  const bodies = await listBodies()
  const present = new Set(bodies.map((body) => body.replace(/\.*$/, '')))
  expect(acked.length).toBeGreaterThanOrEqual(5)
  expect(acked.filter((name) => !present.has(name))).toEqual([])
  expect(bodies.filter((body) => body.length !== 1000)).toEqual([])
  expect(present.size).toBe(bodies.length)
})

test('a consumer killed with -9 leaves what it did not ack, and what it acked stays away', async () => {
  const sender = run('queue-process.ts', 'send', urlOf(), 'm', '3000')
  await sender.ended
  const consumer = run('queue-process.ts', 'consume', urlOf(), '3000')
  await consumer.printed(700)
  consumer.child.kill('SIGKILL')
  await consumer.ended
  const acked = new Set(consumer.lines())
  const left = new Set((await listBodies()).map((body) => body.replace(/\.*$/, '')))
  expect([...acked].filter((name) => left.has(name))).toEqual([])
  // Between an ack and its line on the screen the consumer may have been killed: one call of at most 7.
  expect(sender.lines().filter((name) => !acked.has(name) && !left.has(name)).length).toBeLessThanOrEqual(7)
})

test('processes that send and consume at once on one file wait for each other and lose nothing', async () => {
  const senders = ['a', 'b'].map((name) => run('queue-process.ts', 'send', urlOf(), name, '2000'))
  const consumers = [
    run('queue-process.ts', 'consume', urlOf(), '1500'),
    run('queue-process.ts', 'consume', urlOf(), '2000'),
  ]
  await Promise.all([...senders, ...consumers].map(({ ended }) => ended))
  const consumed = consumers.flatMap(({ lines }) => lines())
  const left = (await listBodies()).map((body) => body.replace(/\.*$/, ''))
  expect([...consumed, ...left].toSorted()).toEqual(senders.flatMap(({ lines }) => lines()).toSorted())
  expect(left).toHaveLength(500)
})
