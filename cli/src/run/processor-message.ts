import type { QueueOptions } from '@trailstitch/backends'
import type { Project } from '@trailstitch/protocol'
import type { LogLevel, LogRecord } from '../log.ts'

/** What a processor thread is started with. */
export interface ProcessorThreadData {
  queueUrl: string
  storeUrl: string
  /** Where people to be erased are asked for. */
  directoryUrl: string
  dedupeMs: number
  queueOptions: QueueOptions
  projects: readonly Project[]
  logLevel: LogLevel
  countryFile?: string
}

/** What a processor thread is told: to stop, or what the projects are from now on. */
export type ProcessorOrder = 'stop' | { projects: readonly Project[] }

/** What a processor thread says. */
export type ProcessorMessage =
  | { kind: 'ready' }
  | { kind: 'log'; record: LogRecord }
  /** It comes to an end because of this. `lasting`: starting again will not help. */
  | { kind: 'failed'; code: string; message: string; lasting: boolean }
