import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { AnalysisQuery, TrackEvent, WireEvent } from '@trailstitch/protocol'

/** A running `trailstitch start`, the way `npm start` runs it. */
export interface Service {
  pid: number
  /** Where it answers: scheme, address and port. */
  url: string
  port: number
  /** Sends one event and resolves once it is accepted. */
  track(event: TrackEvent): Promise<void>
  /** The same with several as one batch. */
  batch(events: readonly WireEvent[]): Promise<void>
  /** A question about what people did, event by event. */
  ask<T>(query: AnalysisQuery): Promise<T>
  /** A GET of the read API; undefined for 404. */
  read<T>(path: string): Promise<T | undefined>
  stop(): Promise<void>
}

export const writeKey = 'wk_bench'
export const adminToken = 'bench'
const script = fileURLToPath(new URL('../../../cli/bin/trailstitch.js', import.meta.url))
const startWithinMs = 60_000
const stopWithinMs = 35_000

/** Starts it on a free port of 127.0.0.1 with its data in `folder`. */
export async function startService(folder: string): Promise<Service> {
  const flags = [
    '--port',
    '0',
    '--host',
    '127.0.0.1',
    '--data',
    folder,
    '--write-key',
    writeKey,
    '--admin-token',
    adminToken,
  ]
  const child = spawn(process.execPath, [script, 'start', ...flags], { stdio: ['ignore', 'pipe', 'inherit'] })
  const kill = (): void => void child.kill('SIGKILL')
  process.once('exit', kill)
  const url = await readyUrl(child).catch((error: unknown) => {
    kill()
    throw error
  })
  return {
    pid: child.pid ?? 0,
    url,
    port: Number(new URL(url).port),
    track: (event) => send(`${url}/v1/track`, event),
    batch: (events) => send(`${url}/v1/batch`, { batch: events }),
    async read<T>(path: string) {
      const response = await fetch(`${url}/api/v1${path}`, { headers: { authorization: `Bearer ${adminToken}` } })
      const text = await response.text()
      if (response.status === 404) return undefined
      if (!response.ok) throw new Error(`${path} answered ${response.status}: ${text}`)
      return JSON.parse(text) as T
    },
    async ask<T>(query: AnalysisQuery) {
      const response = await fetch(`${url}/api/v1/query`, {
        method: 'POST',
        headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
        body: JSON.stringify(query),
      })
      const text = await response.text()
      if (!response.ok) throw new Error(`a ${query.type} was answered ${response.status}: ${text}`)
      return JSON.parse(text) as T
    },
    async stop() {
      process.off('exit', kill)
      if (child.exitCode !== null || child.signalCode !== null) return
      const timer = setTimeout(kill, stopWithinMs)
      child.kill('SIGTERM')
      await once(child, 'exit')
      clearTimeout(timer)
    },
  }
}

async function send(address: string, body: object): Promise<void> {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(address, { method: 'POST', headers, body: JSON.stringify({ ...body, writeKey }) })
  const text = await response.text()
  if (!response.ok) throw new Error(`events were answered ${response.status}: ${text}`)
}

function readyUrl(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    const timer = setTimeout(
      () => reject(new Error(`trailstitch start was not ready within ${startWithinMs} ms`)),
      startWithinMs,
    )
    child.stdout?.on('data', (bytes: Buffer) => {
      text += bytes.toString()
      const ready = /^ready (\S+)$/m.exec(text)
      if (!ready?.[1]) return
      clearTimeout(timer)
      resolve(ready[1])
    })
    child.once('exit', (code) => {
      clearTimeout(timer)
      reject(new Error(`trailstitch start ended with ${code}`))
    })
  })
}

export interface Ledger {
  received: number
  stored: number
  inFlight: number
}
