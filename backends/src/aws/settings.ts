import type { Log } from '../deps.ts'
import type { AwsPlace } from './url.ts'

/** The first one included. The SDK pauses for 0.1 s and doubles that. */
const maxAttempts = 3

/** What all clients of AWS are made with. `requestMs`: for one attempt. */
export function clientSettings(
  { region, endpoint }: AwsPlace,
  log: Log,
  { connectMs, requestMs }: { connectMs: number; requestMs: number },
) {
  const say = (level: 'info' | 'warn' | 'error') => (message: unknown) => log[level]({}, String(message))
  const logger = { debug() {}, info: say('info'), warn: say('warn'), error: say('error') }
  return {
    ...(region !== undefined && { region }),
    ...(endpoint !== undefined && { endpoint }),
    maxAttempts,
    requestHandler: {
      connectionTimeout: connectMs,
      requestTimeout: requestMs,
      throwOnRequestTimeout: true, // else it is a line in the log and the request goes on
      logger,
    },
  }
}
