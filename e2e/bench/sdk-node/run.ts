import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import type { Worker } from '../lib/worker.ts'
import type { Count, Fault, SinkRequest } from './sink.ts'

export type SdkName = 'trailstitch' | 'posthog-node' | '@segment/analytics-node'

/** What a client is put through. */
export interface Scenario {
  name: string
  events: number
  /** Undefined: all in one loop. `close` follows the last event. */
  perSecond?: number
  fault?: Fault
  faultMs?: number
}

export interface Outcome extends Count {
  /** Of the client's whole process, from its start to its end. */
  cpuSeconds: number
  /** Resident memory of that process at most, 1 MB = 10^6 bytes. */
  megabytes: number
  lost: number
}

const client = fileURLToPath(new URL('./client.js', import.meta.url))

/** Runs a scenario in a process of its own. */
export async function runScenario(
  sink: Worker<SinkRequest, Count>,
  sdk: SdkName,
  { events, perSecond, fault = 'none', faultMs = 0 }: Scenario,
  vendors: string | undefined,
): Promise<Outcome> {
  const { port } = await sink.ask({ kind: 'begin', fault, faultMs })
  const given = { sdk, url: `http://127.0.0.1:${port}`, vendors, events, perSecond }
  const child = spawn(process.execPath, [client, JSON.stringify(given)], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')])
  if (code !== 0) throw new Error(`the client ${sdk} ended with ${code}`)
  const cost = JSON.parse(output) as Pick<Outcome, 'cpuSeconds' | 'megabytes'>
  const count = await sink.ask({ kind: 'count' })
  return { ...count, ...cost, lost: events - count.events }
}
