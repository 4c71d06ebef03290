import { parentPort, workerData } from 'node:worker_threads'
import { BackendError, openDirectory, openQueue, openStore } from '@trailstitch/backends'
import { createProcessor, openCountryDatabase } from '@trailstitch/processor'
import { createProjects } from '@trailstitch/protocol'
import { codeOf, messageOf } from '../errors.ts'
import { logTo } from '../log.ts'
import type { ProcessorMessage, ProcessorOrder, ProcessorThreadData } from './processor-message.ts'

// A processor in a thread of its own, with handles of its own: its work does not hold up the collector's event loop.

const say = (message: ProcessorMessage): void => parentPort?.postMessage(message)

async function runThread(data: ProcessorThreadData): Promise<void> {
  const deps = { now: Date.now, log: logTo(data.logLevel, (record) => say({ kind: 'log', record })) }
  const stop = new AbortController()
  const projects = createProjects(data.projects)
  parentPort?.on('message', (order: ProcessorOrder) => {
    if (order === 'stop') stop.abort()
    else projects.replace(order.projects)
  })
  const queue = await openQueue(data.queueUrl, deps, data.queueOptions)
  try {
    const store = await openStore(data.storeUrl, deps, { dedupeMs: data.dedupeMs })
    try {
      const countryOf = data.countryFile === undefined ? undefined : await openCountryDatabase(data.countryFile)
      const directory = await openDirectory(data.directoryUrl, deps).catch((error: unknown) => {
        deps.log.warn({ error: messageOf(error) }, 'there is no directory; people are not erased')
        return undefined
      })
      const more = { ...(countryOf && { countryOf }), ...(directory && { directory }) }
      const processor = createProcessor({ queue, store, projects, deps, ...more })
      say({ kind: 'ready' })
      await processor.run(stop.signal).finally(() => directory?.close())
    } finally {
      await store.close()
    }
  } finally {
    await queue.close()
  }
}

try {
  await runThread(workerData as ProcessorThreadData)
} catch (error) {
  const lasting = error instanceof BackendError ? !error.retryable : codeOf(error).startsWith('country_file')
  say({ kind: 'failed', code: codeOf(error), message: messageOf(error), lasting })
} finally {
  parentPort?.close()
}
