import type { Deps } from '../deps.ts'
import type { Diagnosis } from '../diagnosis.ts'
import { BackendError, type BackendErrorCode } from '../errors.ts'
import type { Calls } from './calls.ts'

/** AWS refuses what is signed further off. */
const maxSkewMs = 15 * 60_000
const warnSkewMs = 60_000

/** The service's clock, ms since 1970, and how far ours is ahead of it. */
export interface ClockReading {
  at: number
  aheadMs: number
}

/** One thing to try, the permission it takes, and on what. */
export interface Probe {
  name: string
  action: string
  /** An ARN. */
  resource: string
  work(signal: AbortSignal): Promise<unknown>
}

export interface ProbeResult {
  /** Undefined: it went well. */
  code: BackendErrorCode | undefined
  diagnosis: Diagnosis
}

export async function tryOut(calls: Calls, { name, action, resource, work }: Probe): Promise<ProbeResult> {
  try {
    await calls.run(action, work)
    return { code: undefined, diagnosis: { name, level: 'ok', detail: `${action} is allowed` } }
  } catch (error) {
    if (!(error instanceof BackendError) || error.code === 'closed') throw error
    const { code, message } = error
    const fix =
      code === 'forbidden' ? `Allow ${action} on ${resource}.` : 'Mend what the message says, then run it again.'
    return { code, diagnosis: { name, level: 'fail', detail: message, fix } }
  }
}

/** A middleware for a command of any client, at the step `deserialize`, that reads the service's clock off the answer. */
export function readClock({ now }: Deps, onRead: (clock: ClockReading) => void) {
  return <Args, Result extends { response: unknown }>(next: (args: Args) => Promise<Result>) =>
    async (args: Args): Promise<Result> => {
      const sentAt = now()
      const result = await next(args)
      const { headers } = result.response as { headers?: Record<string, string> }
      const at = Date.parse(headers?.date ?? '')
      // The header has whole seconds, and was written between the request and its answer.
      const aheadMs = sentAt > at + 1000 ? sentAt - at : Math.min(0, now() - at)
      if (!Number.isNaN(at)) onRead({ at, aheadMs })
      return result
    }
}

/** Where {@link readClock} goes: beside the answer, before it is taken apart. */
export const clockStep = { step: 'deserialize', priority: 'low' } as const

export function judgeClock(clock: ClockReading | undefined): Diagnosis[] {
  if (!clock) return []
  const seconds = Math.round(Math.abs(clock.aheadMs) / 1000)
  const detail = `this machine is ${seconds} s ${clock.aheadMs < 0 ? 'behind' : 'ahead of'} the service`
  const fix = 'Set the clock and keep it right with NTP (timedatectl set-ntp true).'
  if (Math.abs(clock.aheadMs) > maxSkewMs) return [{ name: 'clock', level: 'fail', detail, fix }]
  if (Math.abs(clock.aheadMs) > warnSkewMs) return [{ name: 'clock', level: 'warn', detail, fix }]
  return [{ name: 'clock', level: 'ok', detail }]
}
