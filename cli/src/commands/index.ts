import type { Command } from '../command.ts'
import { copy } from './copy.ts'
import { demo } from './demo.ts'
import { doctor } from './doctor.ts'
import { erase } from './erase.ts'
import { exportEvents } from './export.ts'
import { importAccessLog, importJsonl } from './import.ts'
import { replay } from './replay.ts'
import { collector, dashboard, processor } from './services.ts'
import { setupLink } from './setup-link.ts'
import { start } from './start.ts'
import { unlink } from './unlink.ts'

/** Every command, in the order of the help page. */
export const commands: readonly Command[] = [
  start,
  collector,
  processor,
  dashboard,
  importAccessLog,
  importJsonl,
  demo,
  exportEvents,
  copy,
  replay,
  unlink,
  erase,
  setupLink,
  doctor,
]
