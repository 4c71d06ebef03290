import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { openQueue, openStore, silentLog } from '@trailstitch/backends'
import { createProcessor, stitchRules } from '@trailstitch/processor'
import { createProjects } from '@trailstitch/protocol'
import { cacheFolder } from '../../../scripts/services/jars.ts'
import type { Progress } from '../lib/result.ts'
import { startWorker } from '../lib/worker.ts'
import type { FeederReply, FeederRequest } from '../processor/feeder.ts'

const dayMs = 86_400_000
const portion = 100_000

/** Of the first project that `trailstitch start` makes in an empty data folder. */
export const project = 'default'
export const days = 366
/** The events of `days` days, up to this moment. It is the same in each run, so that a store can be used again. */
export const endAt = Date.UTC(2026, 10, 1)
export const startAt = endAt - days * dayMs

/**
 * A data folder with so many events of a shop over {@link days} days, written by the processor. Ten million take a quarter of
 * an hour, so they are kept in the cache folder for the next run.
 */
export async function fillStore(events: number, progress: Progress): Promise<string> {
  const folder = cacheFolder(process.env, `bench-queries-${events}`)
  if (existsSync(folder)) {
    await putTogether(folder, events)
    return folder
  }
  const work = `${folder}.${process.pid}`
  mkdirSync(work, { recursive: true })
  try {
    await fillInto(work, events, progress)
    await putTogether(work, events)
    renameSync(work, folder) // whole or not at all
    return folder
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

async function fillInto(folder: string, events: number, progress: Progress): Promise<void> {
  const clock = { now: startAt }
  const deps = { now: () => clock.now, log: silentLog }
  const queueUrl = `sqlite:${join(folder, 'queue.db')}`
  const feeder = startWorker<FeederRequest, FeederReply>(new URL('../processor/feeder.ts', import.meta.url), [
    queueUrl,
    String(startAt),
    String(events / days),
    project,
  ])
  const queue = await openQueue(queueUrl, deps)
  const store = await openStore(`sqlite:${join(folder, 'store.db')}`, deps)
  const projects = createProjects([{ id: project, name: 'Default', writeKeys: ['wk_bench'] }])
  const processor = createProcessor({ queue, store, projects, deps })
  try {
    for (let done = 0; done < events; done += portion) {
      clock.now = (await feeder.ask({ events: portion })).at
      await processor.drain()
      progress.show(`queries: ${done + portion} of ${events} events written`)
    }
  } finally {
    await feeder.stop()
    await queue.close()
    await store.close()
  }
}

/**
 * A day later all days and months are put together, and events are packed for reports: what a worker does while nothing
 * comes, also after the form of either has changed.
 */
async function putTogether(folder: string, events: number): Promise<void> {
  const deps = { now: () => endAt + dayMs, log: silentLog }
  const store = await openStore(`sqlite:${join(folder, 'store.db')}`, deps)
  try {
    for (let rounds = days + 12 + events / 8_192; rounds > 0; rounds--) await store.stitch(stitchRules, 1)
  } finally {
    await store.close()
  }
}
