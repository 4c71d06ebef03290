import { statSync } from 'node:fs'
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

test('after a backlog is worked off, its space is given back to the disk', async () => {
  const path = join(folder.path, 'queue.db')
  const queue = await openQueue(`sqlite:${path}`, systemDeps)
  const sent = await Promise.all(Array.from({ length: 40 }, () => queue.send([new Uint8Array(1024 * 1024).fill(1)])))
  expect(sent.flat().every(({ ok }) => ok)).toBe(true)
  const found = await queue.receive({ max: 40, waitMs: 0, leaseMs: 60_000 })
  expect(found).toHaveLength(40)
  await queue.ack(found.map(({ receipt }) => receipt))
  await queue.send([new Uint8Array(100)])
  await queue.close()
  expect(statSync(path).size).toBeLessThan(100_000)
  const reopened = await openQueue(`sqlite:${path}`, systemDeps)
  expect((await reopened.depth()).waiting).toBe(1)
  await reopened.close()
})

test('a message sent by another process is received within a blink', async () => {
  const url = `sqlite:${join(folder.path, 'queue.db')}`
  const queue = await openQueue(url, systemDeps)
  const waiting = queue.receive({ max: 1, waitMs: 20_000, leaseMs: 1000 })
  const sender = run('queue-process.ts', 'send', url, 'm', '1')
  const [delivery] = await waiting
  expect(Buffer.from(delivery?.body ?? []).toString()).toMatch(/^m-0/)
  await sender.ended
  await queue.close()
})

test('a queue that is not closed does not keep the process alive', async () => {
  const idle = run('queue-process.ts', 'leave-open', `sqlite:${join(folder.path, 'queue.db')}`)
  expect(await idle.ended).toBe(0)
  expect(idle.lines()).toEqual(['sent'])
})
