import { testCredentials } from '../../../scripts/services/aws.ts'
import { startWorker, type Worker } from '../lib/worker.ts'
import type { EmulatorReply, EmulatorRequest } from './emulator.ts'

export type Emulator = Worker<EmulatorRequest, EmulatorReply>

/** The emulator, a process of its own. From here on this process and what it starts have credentials that it takes. */
export function startEmulator(core?: number): Emulator {
  Object.assign(process.env, testCredentials)
  return startWorker<EmulatorRequest, EmulatorReply>(new URL('./emulator.ts', import.meta.url), [], core)
}
