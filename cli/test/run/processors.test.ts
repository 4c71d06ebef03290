import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { silentLog } from '@trailstitch/backends'
import { expect, test } from 'vitest'
import type { ProcessorThreadData } from '../../src/run/processor-message.ts'
import { startProcessors } from '../../src/run/processors.ts'
import { temporaryFolder } from '../run-cli.ts'
import { eventually } from '../spawn-cli.ts'

const dataIn = (folder: string): ProcessorThreadData => ({
  queueUrl: `sqlite:${join(folder, 'queue.db')}`,
  storeUrl: `sqlite:${join(folder, 'store.db')}`,
  directoryUrl: `sqlite:${join(folder, 'directory.db')}`,
  dedupeMs: 60_000,
  queueOptions: { maxReceives: 5 },
  projects: [],
  logLevel: 'error',
})

test('a thread that dies is logged and started again, later each time', async () => {
  const folder = temporaryFolder()
  const file = join(folder, 'dying.mjs')
  writeFileSync(file, 'throw new Error("died on purpose")\n')
  const pauses: unknown[] = []
  const log = {
    ...silentLog,
    error: (fields: object) => {
      if ('restartInMs' in fields) pauses.push(fields.restartInMs)
    },
  }
  const pool = startProcessors({
    data: dataIn(folder),
    threads: 1,
    deps: { now: Date.now, log },
    file: pathToFileURL(file),
  })
  await eventually(async () => (pauses.length >= 3 ? true : undefined))
  await pool.stop()
  expect(pauses.slice(0, 3)).toEqual([250, 500, 1000])
})

test('a start that can never succeed is told at once', async () => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'queue.db'), 'this is no database'.repeat(100))
  const pool = startProcessors({ data: dataIn(folder), threads: 1, deps: { now: Date.now, log: silentLog } })
  await expect(pool.ready).rejects.toThrow('queue.db')
  await pool.stop()
})

test('a pool starts and stops', async () => {
  const pool = startProcessors({ data: dataIn(temporaryFolder()), threads: 2, deps: { now: Date.now, log: silentLog } })
  await pool.ready
  await pool.stop()
  await pool.stop()
})
