import { readFileSync } from 'node:fs'
import { openQueue, systemDeps } from '@trailstitch/backends'
import { expect, onTestFinished, test } from 'vitest'
import { costBench } from './bench/cost/bench.ts'
import { estimate } from './bench/cost/model.ts'
import { dashboardBench } from './bench/dashboard/bench.ts'
import { formatPage, readResults } from './bench/docs-files.ts'
import type { Row } from './bench/lib/result.ts'
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

const measures = {
  unitsPerMillion: 50_000,
  collectorUsPerEvent: 50,
  processorUsPerEvent: 100,
  sqliteBytes: 300,
  mongodbBytes: 2_000,
}
const valuesOf = (rows: readonly Row[]) => Object.fromEntries(rows.map(({ what, value }) => [what, value]))

test('the cost model follows from what was measured', () => {
  // 100 events a second
  const rows = estimate({ name: 'some', eventsPerDay: 8_640_000 }, measures, {})
  expect(valuesOf(rows)).toEqual({
    'mean rate': 100,
    'SQS: requests billed a day': 432_000,
    'SQS: a month': 5.184,
    'SQS: per million events': 0.02,
    'S3: requests a day': 17_280,
    'collectors: half used': 0.01,
    'processors: half used': 0.02,
    'whole vCPUs of both': 2,
    'SQLite: a month of events': 77.76,
    'MongoDB: a month of events': 518.4,
  })
  expect(rows.every(({ at }) => at === 'some')).toBe(true)
})

test('what has a price is priced by the month', () => {
  const prices = { 'vcpu-hour': 0.5, 'gb-month': 0.25, 's3-requests': 10 }
  const rows = estimate({ name: 'some', eventsPerDay: 8_640_000 }, measures, prices)
  expect(valuesOf(rows)).toMatchObject({
    'vCPUs: a month': 720,
    'MongoDB: keeping a month of events': 129.6,
    'S3: a month': 5.184,
  })
})

test('a cost without its figures is refused, not made up', () => {
  expect(() => costBench.derive([], {})).toThrow(/has not been measured/)
})

test('what people wait for in the dashboard is measured in a real browser, each figure of it', async () => {
  const rows = await dashboardBench.run({ quick: true, progress: { show() {}, clear() {} } })
  expect(rows.map(({ goal }) => goal).filter(Boolean)).toEqual(['<= 30 ms', '<= 30 ms', '<= 1000 ms', '<= 10000 ms'])
  expect(rows.filter(({ value }) => !(value > 0))).toEqual([])
  const bytes = rows.find(({ unit }) => unit === 'KiB')?.value
  // More than the page itself has: its scripts and answers count.
  expect(bytes).toBeGreaterThan(100)
}, 120_000)

test('docs/performance.md says what docs/performance.json holds', () => {
  const page = readFileSync(new URL('../docs/performance.md', import.meta.url), 'utf8')
  expect(page, 'write it anew: npm run bench -- cost --write-docs').toBe(formatPage(readResults()))
})
