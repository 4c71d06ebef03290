import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Worker } from 'node:worker_threads'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { systemDeps } from '../../src/deps.ts'
import { openQueue } from '../../src/queue/open.ts'
import type { Queue } from '../../src/queue/port.ts'
import { openSqliteQueue, startQueueThread } from '../../src/queue/sqlite.ts'
import { createFolder } from '../fixtures/folder.ts'
import { mountSmallDisk } from '../fixtures/small-disk.ts'

const root = createFolder()
afterAll(() => root.remove())
let round = 0
let folder = ''
const open = async (path = join(folder, 'queue.db')): Promise<Queue> => openQueue(`sqlite:${path}`, systemDeps)
const nextFolder = (): void => {
  folder = join(root.path, String(round++))
  mkdirSync(folder)
}
nextFolder()
afterEach(nextFolder)

const body = new Uint8Array(20_000).fill(1)
const sendOne = async (queue: Queue) => (await queue.send([body]))[0]

test('a file that is no database is a coded error that names the file and the way out', async () => {
  const path = join(folder, 'queue.db')
  writeFileSync(path, 'This is no database, whatever its name says. '.repeat(100))
  const failed = open(path)
  await expect(failed).rejects.toMatchObject({ code: 'file_corrupt', retryable: false })
  await expect(failed).rejects.toThrow(new RegExp(`${path}.*restore`))
})

test('a file damaged later fails each call with the same code, and the process lives', async () => {
  const path = join(folder, 'queue.db')
  const queue = await open(path)
  expect(await sendOne(queue)).toEqual({ ok: true })
  await queue.close()
  const reopened = await open(path)
  const bytes = readFileSync(path)
  writeFileSync(path, bytes.fill(0x5a, 4096 * 2))
  expect((await reopened.receive({ max: 1, waitMs: 0, leaseMs: 1 }).catch((error) => error)).code).toBe('file_corrupt')
  expect(await sendOne(reopened)).toMatchObject({ ok: false, error: { code: 'file_corrupt' } })
  await reopened.close()
})

test('a schema of a newer program is refused when opening', async () => {
  const path = join(folder, 'queue.db')
  await (await open(path)).close()
  const db = new DatabaseSync(path)
  db.exec('PRAGMA user_version = 99')
  db.close()
  await expect(open(path)).rejects.toMatchObject({ code: 'schema_too_new' })
})

test('a folder that cannot be is no reason not to open: sends fail until it can', async () => {
  const path = join(folder, 'file', 'data', 'queue.db')
  writeFileSync(join(folder, 'file'), '')
  const queue = await open(path)
  expect(await sendOne(queue)).toMatchObject({ ok: false, error: { code: 'file_unwritable', retryable: true } })
  await expect(queue.depth()).rejects.toMatchObject({ code: 'file_unwritable' })
  rmSync(join(folder, 'file'))
  expect(await sendOne(queue)).toEqual({ ok: true })
  expect((await queue.depth()).waiting).toBe(1)
  await queue.close()
})

test('a file deleted underneath the queue is made anew, so that nothing is acknowledged into nowhere', async () => {
  const path = join(folder, 'queue.db')
  const queue = await open(path)
  await sendOne(queue)
  for (const end of ['', '-wal', '-shm']) rmSync(path + end)
  expect(await sendOne(queue)).toEqual({ ok: true })
  const other = await open(path)
  expect((await other.depth()).waiting).toBe(1)
  await Promise.all([queue.close(), other.close()])
})

test('a locked file is waited for, and is a coded error when that takes too long', async () => {
  const path = join(folder, 'queue.db')
  const queue = await openSqliteQueue(`sqlite:${path}`, systemDeps, {}, { busyMs: 100 })
  const other = new DatabaseSync(path)
  other.exec('BEGIN IMMEDIATE')
  expect(await sendOne(queue)).toMatchObject({ ok: false, error: { code: 'file_locked', retryable: true } })
  await expect(queue.depth()).rejects.toMatchObject({ code: 'file_locked' })
  const waiting = sendOne(queue)
  other.exec('COMMIT')
  other.close()
  expect(await waiting).toEqual({ ok: true })
  await queue.close()
})

test('when its thread dies, what waits is told so and the next call starts another', async () => {
  const threads: Worker[] = []
  const queue = await openSqliteQueue(
    `sqlite:${join(folder, 'queue.db')}`,
    systemDeps,
    {},
    {
      startThread(data) {
        const thread = startQueueThread(data)
        threads.push(thread)
        return thread
      },
    },
  )
  expect(await sendOne(queue)).toEqual({ ok: true })
  const ended = threads[0]?.terminate()
  const [outcome, read] = await Promise.allSettled([sendOne(queue), queue.depth()])
  await ended
  expect(outcome).toMatchObject({ value: { ok: false, error: { code: 'backend_failed', retryable: true } } })
  expect(read).toMatchObject({ reason: { code: 'backend_failed' } })
  expect(await sendOne(queue)).toEqual({ ok: true })
  expect((await queue.depth()).waiting).toBeGreaterThanOrEqual(2)
  expect(threads).toHaveLength(2)
  await queue.close()
})

test('one message that cannot be stored does not fail the others', async () => {
  const queue = await open()
  const detached = new Uint8Array(10)
  structuredClone(detached, { transfer: [detached.buffer] })
  const outcomes = await Promise.all([sendOne(queue), queue.send([detached]), sendOne(queue)])
  expect(outcomes[0]).toEqual({ ok: true })
  expect(outcomes[2]).toEqual({ ok: true })
  await queue.close()
})

const disk = mountSmallDisk(join(root.path, 'disk'), 4 * 1024 * 1024)
afterAll(() => disk?.unmount())
const why = disk ? '' : ' (skipped: this process may not mount a small disk; run the tests as root to have it)'

describe.skipIf(!disk)(`on a disk of 4 MB${why}`, () => {
  const path = join(disk?.path ?? '', 'queue.db')

  test('a full disk refuses sends, keeps what was acknowledged, and is used again when there is space', async () => {
    const filler = join(disk?.path ?? '', 'filler')
    writeFileSync(filler, new Uint8Array(2 * 1024 * 1024))
    const queue = await open(path)
    let acked = 0
    let refused = await sendOne(queue)
    for (; refused?.ok; refused = await sendOne(queue)) acked++
    expect(refused).toMatchObject({ ok: false, error: { code: 'disk_full', retryable: true } })
    const crowd = await Promise.all(Array.from({ length: 10 }, () => sendOne(queue)))
    expect(crowd.every((outcome) => outcome?.error !== undefined || outcome?.ok)).toBe(true)
    acked += crowd.filter((outcome) => outcome?.ok).length
    rmSync(filler)
    expect(await sendOne(queue)).toEqual({ ok: true })
    expect((await queue.depth()).waiting).toBe(acked + 1)
    const found = await queue.receive({ max: 1000, waitMs: 0, leaseMs: 1000 })
    expect(found.every((delivery) => Buffer.compare(delivery.body, body) === 0)).toBe(true)
    await queue.ack(found.map(({ receipt }) => receipt))
    await queue.close()
  })

  test('a read-only disk refuses sends until it is writable again', async () => {
    const queue = await open(path)
    const before = (await queue.depth()).waiting
    await queue.close()
    disk?.setReadOnly(true)
    const opened = await open(path)
    expect(await sendOne(opened)).toMatchObject({ ok: false, error: { code: 'file_unwritable', retryable: true } })
    await expect(opened.depth()).rejects.toMatchObject({ code: 'file_unwritable' })
    disk?.setReadOnly(false)
    expect(await sendOne(opened)).toEqual({ ok: true })
    expect((await opened.depth()).waiting).toBe(before + 1)
    await opened.close()
  })
})
