import type { Page } from '../browser/context.ts'
import { readCall } from '../browser/record.ts'
import type { Analytics, EventOptions } from '../types.ts'

/** A call that was made before there was a client: its name, what was given, when (ms since 1970), and on what page. */
export type EarlyCall = [call: string, given: unknown[], at: number, page?: Page]

/** Makes up for a call, so that its event has the time and page of then, unless the call says otherwise. */
export function replay(analytics: Analytics, [call, given, at, page]: EarlyCall): void {
  const asOfThen = (options?: EventOptions): EventOptions => ({
    timestamp: new Date(at),
    ...options,
    context: { ...(page && { page }), ...options?.context },
  })
  let full = given
  if (/^(track|group|alias)$/.test(call)) full = [given[0], given[1], asOfThen(given[2] as EventOptions)]
  if (/^(page|screen|identify)$/.test(call)) {
    const [words, values = {}, options] = readCall(given)
    full = [...words, values, asOfThen(options)]
  }
  const methods = analytics as unknown as Record<string, ((...given: unknown[]) => void) | undefined>
  methods[call]?.(...full)
}
