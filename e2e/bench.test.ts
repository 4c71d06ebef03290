import { readFileSync } from 'node:fs'
import { openQueue, systemDeps } from '@trailstitch/backends'
import { expect, onTestFinished, test } from 'vitest'
import { formatPage, readResults } from './bench/docs-files.ts'
import { startEmulator } from './bench/sqs/client.ts'
import { addUp } from './bench/sqs/units.ts'

const kib = 1024

test('the bill has each request once, and once more for each further 64 KiB of messages', () => {
  const bill = addUp([
    { action: 'SendMessageBatch', entries: 2, messageBytes: 64 * kib },
    { action: 'SendMessageBatch', entries: 1, messageBytes: 64 * kib + 1 },
    { action: 'ReceiveMessage', entries: 0, messageBytes: 0 },
    { action: 'ReceiveMessage', entries: 0, messageBytes: 128 * kib + 1 },
    { action: 'DeleteMessageBatch', entries: 10, messageBytes: 0 },
  ])
  expect(bill).toEqual({ requests: 5, sends: 2, receives: 2, units: 8, messages: 3, sentBytes: 128 * kib + 1 })
})

test('what passes between a queue and SQS is counted, with its bytes', async () => {
  const emulator = startEmulator()
  onTestFinished(() => emulator.stop())
  const { queueUrl, countedUrl } = await emulator.ask({})
  const uncounted = await openQueue(queueUrl, systemDeps)
  onTestFinished(() => uncounted.close())
  const queue = await openQueue(countedUrl, systemDeps)
  onTestFinished(() => queue.close())

  await uncounted.depth()
  await queue.send([new Uint8Array(10), new Uint8Array(10)])
  const found = await queue.receive({ max: 10, waitMs: 0, leaseMs: 10_000 })
  await queue.ack(found.map(({ receipt }) => receipt))

  const { requests } = await emulator.ask({ whenEmpty: true })
  const messageBytes = requests[1]?.messageBytes ?? 0
  expect(messageBytes).toBeGreaterThan(0)
  expect(requests).toEqual([
    { action: 'GetQueueUrl', entries: 0, messageBytes: 0 },
    { action: 'SendMessageBatch', entries: 2, messageBytes },
    { action: 'ReceiveMessage', entries: 0, messageBytes },
    { action: 'DeleteMessageBatch', entries: 2, messageBytes: 0 },
  ])
  expect((await emulator.ask({})).requests).toEqual([])
})

test('docs/performance.md says what docs/performance.json holds', () => {
  const page = readFileSync(new URL('../docs/performance.md', import.meta.url), 'utf8')
  expect(page, 'write it anew: npm run bench -- NAME --write-docs, any part').toBe(formatPage(readResults()))
})
