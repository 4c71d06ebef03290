import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { stitchRules } from '@trailstitch/processor'
import { expect, test } from 'vitest'
import {
  chunkOf,
  createStoreUrls,
  eventOf,
  fillStore,
  knownChunk,
  mongoServer,
  needsMongo,
  readAnswers,
  withStore,
} from '../copy/stores.ts'
import { type Ended, runCli } from '../run-cli.ts'

const copy = (from: string, to: string, stop?: AbortSignal): Promise<Ended> =>
  runCli(['copy', '--from', from, '--to', to], stop && { stop })

const same: Partial<Ended> = { exitCode: 0, stdout: expect.stringContaining('Both sides hold the same.') as string }

/** Copies along a row of stores; each one answers as the first does, also after a second run. */
async function copyAlong(urls: readonly string[]): Promise<void> {
  const expected = await readAnswers(urls[0] as string)
  for (const [index, to] of urls.slice(1).entries()) {
    const from = urls[index] as string
    expect(await copy(from, to)).toMatchObject({ ...same, stderr: '' })
    expect(await withStore(to, (store) => store.stitch(stitchRules, 1))).toEqual({ events: 0, behind: 0 })
    expect(await readAnswers(to)).toEqual(expected)
    const again = await copy(from, to)
    expect(again).toMatchObject(same)
    expect(again.stdout).toContain('of them new 0')
    expect(await readAnswers(to)).toEqual(expected)
  }
}

/** What the queue may still deliver: a chunk that was taken in, one that was given up, and new ones. */
async function deliverLate(url: string): Promise<void> {
  await withStore(url, async (store) => {
    const outcomes = await store.append([
      knownChunk,
      chunkOf(3, [eventOf('late')], { collector: 'c8' }),
      chunkOf(1, [eventOf('known', { project: 'q' }), eventOf('new', { project: 'q' })]),
    ])
    expect(outcomes.map(({ redelivered, stored, duplicate }) => [redelivered, stored, duplicate])).toEqual([
      [true, 0, 0],
      [true, 0, 0],
      [false, 1, 1],
    ])
  })
}

test('an SQLite store is the same in another SQLite store', async () => {
  for (let seed = 1; seed <= 5; seed++) {
    const urls = createStoreUrls()
    const [first, second] = [urls.sqlite(`a${seed}`), urls.sqlite(`b${seed}`)]
    await fillStore(first, seed)
    await copyAlong([first, second])
    await deliverLate(second)
  }
}, 120_000)

test.skipIf(mongoServer === '')(
  `an SQLite store is the same in MongoDB, in another MongoDB, and back in SQLite ${needsMongo}`,
  async () => {
    for (let seed = 1; seed <= 3; seed++) {
      const urls = createStoreUrls()
      const row = [urls.sqlite('first'), urls.mongo('second'), urls.mongo('third'), urls.sqlite('last')] as const
      await fillStore(row[0], seed)
      await copyAlong(row)
      await deliverLate(row[1])
      await deliverLate(row[3])
    }
  },
  300_000,
)

async function copyInTwoRuns(from: string, to: string): Promise<void> {
  await fillStore(from, 11)
  expect(await copy(from, to)).toMatchObject(same)
  await withStore(from, async (store) => {
    await store.append([
      chunkOf(1, [eventOf('x1', { userId: 'u1' }), eventOf('x2', { timestamp: minuteBefore })]),
      chunkOf(8, [eventOf('x3'), eventOf('known', { project: 'q' })], { collector: 'c8' }),
    ])
    await store.markReplayed('c8:7:0:1', 78)
  })
  const later = await copy(from, to)
  expect(later).toMatchObject(same)
  expect(later.stdout).toContain('of them new 3')
  expect(await readAnswers(to)).toEqual(await readAnswers(from))
}

const minuteBefore = Date.UTC(2026, 0, 5, 9, 59)

test('what has come since, and nobody has stitched yet, is copied by the same command', async () => {
  const urls = createStoreUrls()
  await copyInTwoRuns(urls.sqlite('from'), urls.sqlite('to'))
}, 60_000)

test.skipIf(mongoServer === '')(
  `so it is from MongoDB and into it ${needsMongo}`,
  async () => {
    const urls = createStoreUrls()
    await copyInTwoRuns(urls.mongo('from'), urls.sqlite('to'))
    await copyInTwoRuns(urls.sqlite('other'), urls.mongo('to'))
  },
  60_000,
)

test('a copy that is stopped says so, and goes on when it is run again', async () => {
  const urls = createStoreUrls()
  const [from, to] = [urls.sqlite('from'), urls.sqlite('to')]
  await fillStore(from, 12)
  const stopped = await copy(from, to, AbortSignal.abort())
  expect(stopped).toMatchObject({ exitCode: 130, stdout: '', stderr: expect.stringContaining('interrupted') })
  expect(await copy(from, to)).toMatchObject(same)
  expect(await readAnswers(to)).toEqual(await readAnswers(from))
}, 60_000)

test('a difference is named, with exit code 1', async () => {
  const urls = createStoreUrls()
  const [from, to] = [urls.sqlite('from'), urls.sqlite('to')]
  await fillStore(from, 13)
  await copy(from, to)
  const changes: [string, RegExp][] = [
    [
      'DELETE FROM timeline WHERE time = (SELECT min(time) FROM timeline)',
      /- events of project p: \d+ in the source, \d+ in/,
    ],
    [
      `INSERT INTO ledger (project, minute, received, stored, duplicate, rejected) VALUES ('r', 60000, 3, 2, 1, 0)`,
      /- books of project r: none in the source, 3 received, 2 stored/,
    ],
    [
      `INSERT INTO rejected VALUES ('c:1:0', 'p', 'x', 'y', 5, '{}', NULL)`,
      /- rejected events differ, first at c:1:0\n/,
    ],
  ]
  for (const [index, [change, line]] of changes.entries()) {
    const db = new DatabaseSync(to.slice('sqlite:'.length))
    db.exec(change)
    db.close()
    const { exitCode, stdout, stderr } = await copy(from, to)
    expect([exitCode, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(line)
    expect(stderr).toMatch(/^trailstitch: copy_differs:\n/)
    expect(stderr.match(/^- /gm)).toHaveLength(index + 1)
  }
}, 60_000)

test('a target that holds something else, or lives its own life, is left alone', async () => {
  const urls = createStoreUrls()
  const [from, other, to] = [urls.sqlite('from'), urls.sqlite('other'), urls.sqlite('to')]
  await fillStore(from, 14)
  await fillStore(other, 15)
  const before = await readAnswers(other)
  expect(await copy(from, other)).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('not_a_copy') })
  expect(await readAnswers(other)).toEqual(before)

  expect(await copy(from, to)).toMatchObject(same)
  expect(await copy(other, to)).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('not_a_copy') })
  await deliverLate(to)
  const lived = await readAnswers(to)
  expect(await copy(from, to)).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('target_in_use') })
  expect(await readAnswers(to)).toEqual(lived)
}, 60_000)

test('a source that is not there, empty or the target itself is refused', async () => {
  const urls = createStoreUrls()
  const [from, to] = [urls.sqlite('from'), urls.sqlite('to')]
  const missing = await copy(from, to)
  expect(missing).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('not_found') })
  expect(existsSync(from.slice('sqlite:'.length))).toBe(false)
  await withStore(from, async () => undefined)
  expect(await copy(from, to)).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('not_found') })
  await fillStore(from, 16)
  expect(await copy(from, from)).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('the same store') })
}, 60_000)

test('the figures of a run are one JSON object', async () => {
  const urls = createStoreUrls()
  const from = urls.sqlite('from')
  await fillStore(from, 17)
  const { stdout } = await runCli(['copy', '--from', from, '--to', urls.sqlite('to'), '--json'])
  const events = await withStore(from, (store) => store.records.count())
  const total = events.reduce((sum, one) => sum + one.events, 0)
  expect(JSON.parse(stdout)).toMatchObject({ events: total, copied: total, rejected: 2, collectors: 2 })
}, 60_000)
