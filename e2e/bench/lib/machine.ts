import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os'

/** Where and when a result was measured. */
export interface Machine {
  cpu: string
  cores: number
  memoryGiB: number
  os: string
  /** Load average of the last minute at the start: what else kept the machine busy. */
  load: number
  /** ISO 8601, UTC. */
  date: string
  form: 'full' | 'quick'
  versions: Record<string, string>
}

export function describeMachine(quick: boolean): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    os: `${type()} ${release()}`,
    load: Number((loadavg()[0] ?? 0).toFixed(2)),
    date: new Date().toISOString(),
    form: quick ? 'quick' : 'full',
    versions: {
      trailstitch: versionOf('trailstitch/package.json', '../../../cli/package.json'),
      node: process.version,
      sqlite: process.versions.sqlite ?? 'unknown',
      fastify: versionOf('fastify/package.json'),
      fauxqs: versionOf('../../../node_modules/fauxqs/package.json'),
    },
  }
}

/** Of the first package file that can be read; packages may keep theirs to themselves. */
function versionOf(...files: string[]): string {
  const require = createRequire(import.meta.url)
  for (const file of files) {
    try {
      return (JSON.parse(readFileSync(require.resolve(file), 'utf8')) as { version: string }).version
    } catch {
      // the next one
    }
  }
  return 'unknown'
}
