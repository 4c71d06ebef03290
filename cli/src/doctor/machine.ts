import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join, resolve } from 'node:path'
import { performance } from 'node:perf_hooks'
import type { Config } from '../config.ts'
import { codeOf, messageOf } from '../errors.ts'
import { formatBytes } from '../output.ts'
import { urlOf } from '../run/listen.ts'
import { type Finding, fail, ok, warn } from './check.ts'

const leastNodeMajor = 24

/** `version` as in `process.version`. */
export function checkNode(version: string): Finding {
  const major = Number(/^v(\d+)\./.exec(version)?.[1])
  if (major >= leastNodeMajor) return ok('node', `Node ${version}`)
  return fail(
    'node',
    `Node ${version} is too old.`,
    `Use Node ${leastNodeMajor} or later, or run npx trailstitch from a clone.`,
  )
}

const failBelowBytes = 256 * 1024 * 1024
const warnBelowBytes = 2 * 1024 * 1024 * 1024

/** Whether the data folder, or the one it will be made in, can be written and has space. */
export function checkDisk(data: string): Finding[] {
  const folder = nearestFolder(data)
  const { bavail, bsize } = statfsSync(folder)
  return [checkWritable(data, folder), judgeSpace(bavail * bsize, folder)]
}

/** `freeBytes` as this user may use them. */
export function judgeSpace(freeBytes: number, folder: string): Finding {
  const message = `${formatBytes(freeBytes)} free at ${folder}`
  const fix =
    'Free some space, or move the data folder (--data) to a larger disk. A full disk is answered with 503; nothing acknowledged is lost.'
  if (freeBytes < failBelowBytes) return fail('disk space', message, fix)
  return freeBytes < warnBelowBytes ? warn('disk space', message, fix) : ok('disk space', message)
}

function checkWritable(data: string, folder: string): Finding {
  const probe = join(folder, `.trailstitch-doctor-${randomBytes(6).toString('hex')}`)
  try {
    writeFileSync(probe, 'probe', { flush: true })
    rmSync(probe)
    return ok('data folder', existsSync(data) ? `${data} can be written` : `${data} will be made on the first start`)
  } catch (error) {
    rmSync(probe, { force: true })
    return fail(
      'data folder',
      `${folder} cannot be written: ${messageOf(error)}`,
      'Give this user the right to write there, or name another folder with --data.',
    )
  }
}

/** The folder itself, or the nearest one above it that exists. */
function nearestFolder(path: string): string {
  let folder = resolve(path)
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder)
  return folder
}

/** No clock that is right shows a time before this program was written. */
const earliestNow = Date.UTC(2026, 0, 1)
const maxDriftMs = 100
const maxAheadMs = 60_000
const measureMs = 250

/** The clock against common sense, against the files it once dated, and against the machine's steady clock. */
export async function checkClock(data: string, now: () => number): Promise<Finding> {
  const startedAt = now()
  const steadyStart = performance.now()
  await new Promise((resolveAfter) => setTimeout(resolveAfter, measureMs))
  const driftMs = Math.abs(now() - startedAt - (performance.now() - steadyStart))
  return judgeClock({ now: now(), driftMs, newestFileAt: newestFileAt(data) })
}

export interface ClockReading {
  now: number
  /** How far the clock went from the steady one while both were watched. */
  driftMs: number
  /** When the newest file of the data folder was written; undefined without files. */
  newestFileAt: number | undefined
}

export function judgeClock({ now, driftMs, newestFileAt: newest }: ClockReading): Finding {
  const shown = new Date(now).toISOString()
  const fix =
    'Set the clock and keep it right with NTP (timedatectl set-ntp true). Times of events and sessions depend on it.'
  if (now < earliestNow) return fail('clock', `It shows ${shown}, which is long over.`, fix)
  if (newest !== undefined && newest - now > maxAheadMs) {
    const aheadSeconds = Math.round((newest - now) / 1000)
    return fail('clock', `It shows ${shown}, but files were written ${aheadSeconds} s later than that.`, fix)
  }
  if (driftMs > maxDriftMs) return warn('clock', `It moved by ${Math.round(driftMs)} ms while it was watched.`, fix)
  return ok('clock', `${shown}, steady`)
}

function newestFileAt(data: string): number | undefined {
  if (!existsSync(data)) return undefined
  const times = readdirSync(data).map((name) => statSync(join(data, name), { throwIfNoEntry: false })?.mtimeMs ?? 0)
  return times.length === 0 ? undefined : Math.max(...times)
}

/** Whether the port can be listened on, or one of ours listens there already. */
export async function checkPort({ host, port }: Pick<Config, 'host' | 'port'>): Promise<Finding> {
  const problem = await tryListen(host, port)
  if (!problem) return ok('port', `${host}:${port} is free`)
  if (codeOf(problem) === 'EADDRINUSE') {
    const url = urlOf(host, port)
    if (await isOurs(url)) return ok('port', `a collector answers at ${url}`)
    return fail(
      'port',
      `${host}:${port} is taken by another program.`,
      'Stop that program, or choose another port with --port.',
    )
  }
  const fix = 'Choose an address of this machine with --host, and a port this user may use with --port.'
  return fail('port', `${host}:${port} cannot be listened on: ${problem.message}`, fix)
}

function tryListen(host: string, port: number): Promise<Error | undefined> {
  return new Promise((resolveWith) => {
    const server = createServer()
    server.once('error', resolveWith)
    server.listen({ host, port }, () => server.close(() => resolveWith(undefined)))
  })
}

async function isOurs(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(2_000) })).ok
  } catch {
    return false
  }
}
