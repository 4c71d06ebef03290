import { Worker } from 'node:worker_threads'
import type { Deps } from '@trailstitch/backends'
import type { Project } from '@trailstitch/protocol'
import { CliError } from '../errors.ts'
import type { ProcessorMessage, ProcessorOrder, ProcessorThreadData } from './processor-message.ts'

export interface ProcessorPool {
  /** Resolves when every thread has started, or will be tried again; rejects when one cannot, for a reason that stays. */
  ready: Promise<void>
  /** From now on these are the projects. */
  setProjects(list: readonly Project[]): void
  /** Each thread finishes what it has under way. Resolves when all have ended. Idempotent. */
  stop(): Promise<void>
}

export interface PoolOptions {
  data: ProcessorThreadData
  threads: number
  deps: Deps
  /** Default: the thread's own file, beside this one. */
  file?: URL
}

const firstPauseMs = 250
const longestPauseMs = 30_000
/** A thread that ran this long has recovered: its next end is a new story. */
const steadyMs = 60_000

/** Runs processors in threads and starts those that end unasked again, after a pause that doubles. */
export function startProcessors(options: PoolOptions): ProcessorPool {
  const threads = Array.from({ length: options.threads }, (_, index) => superviseThread(options, index + 1))
  return {
    ready: Promise.all(threads.map(({ ready }) => ready)).then(() => undefined),
    setProjects(list) {
      for (const { setProjects } of threads) setProjects(list)
    },
    stop: async () => {
      await Promise.all(threads.map(({ stop }) => stop()))
    },
  }
}

/** From source it is a TypeScript file, from the build a JavaScript one. */
const threadFile = new URL(
  import.meta.url.endsWith('.ts') ? './processor-thread.ts' : './processor-thread.js',
  import.meta.url,
)

function superviseThread({ data, deps, file = threadFile }: PoolOptions, thread: number): ProcessorPool {
  let { projects } = data
  const started = Promise.withResolvers<void>()
  const ended = Promise.withResolvers<void>()
  // Whoever waits for a start only may never look at `ready` again.
  started.promise.catch(() => {})
  let worker: Worker | undefined
  let timer: NodeJS.Timeout | undefined
  let isStopping = false
  let pauseMs = firstPauseMs
  let failure: (ProcessorMessage & { kind: 'failed' }) | undefined

  const end = (): void => {
    started.resolve()
    ended.resolve()
  }
  const start = (): void => {
    const startedAt = deps.now()
    failure = undefined
    worker = new Worker(file, { workerData: { ...data, projects }, name: `processor-${thread}` })
    worker.on('message', (message: ProcessorMessage) => {
      if (message.kind === 'ready') started.resolve()
      if (message.kind === 'log') deps.log[message.record.level](message.record.fields, message.record.message)
      if (message.kind === 'failed') failure = message
    })
    worker.on('error', (error) => {
      deps.log.error({ err: error, thread }, 'a processor thread failed')
    })
    worker.on('exit', (exitCode) => {
      worker = undefined
      if (isStopping) return end()
      if (failure?.lasting) started.reject(new CliError('not_reachable', failure.message))
      // A full disk may pass: the collector need not wait for it, events are durable in the queue.
      else started.resolve()
      if (deps.now() - startedAt > steadyMs) pauseMs = firstPauseMs
      const { code, message } = failure ?? { code: 'exit', message: `it ended with exit code ${exitCode}` }
      deps.log.error({ thread, code, reason: message, restartInMs: pauseMs }, 'a processor thread ended')
      timer = setTimeout(start, pauseMs)
      pauseMs = Math.min(longestPauseMs, pauseMs * 2)
    })
  }
  start()
  return {
    ready: started.promise,
    setProjects(list) {
      projects = list
      worker?.postMessage({ projects } satisfies ProcessorOrder)
    },
    stop() {
      if (!isStopping) {
        isStopping = true
        clearTimeout(timer)
        if (worker) worker.postMessage('stop' satisfies ProcessorOrder)
        else end()
      }
      return ended.promise
    },
  }
}
