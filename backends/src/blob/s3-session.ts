import { type PutObjectCommandInput, S3Client } from '@aws-sdk/client-s3'
import type { Deps } from '../deps.ts'
import { checkName } from './names.ts'
import type { Calls } from './s3-calls.ts'
import type { S3Place } from './s3-url.ts'

/** The first one included. The SDK pauses for 0.1 s and doubles that. */
const maxAttempts = 3

export interface S3Limits {
  connectMs: number
  /** A whole call with its repetitions; in streams each part, each time it is tried. */
  callMs: number
}
export const usualLimits: S3Limits = { connectMs: 2_000, callMs: 30_000 }

/** What the members work with. */
export interface S3Session {
  client: S3Client
  place: S3Place
  deps: Deps
  calls: Calls
}

export function createClient({ region, endpoint }: S3Place, { log }: Deps, { connectMs, callMs }: S3Limits): S3Client {
  const say = (level: 'info' | 'warn' | 'error') => (message: unknown) => log[level]({}, String(message))
  const logger = { debug() {}, info: say('info'), warn: say('warn'), error: say('error') }
  return new S3Client({
    ...(region !== undefined && { region }),
    ...(endpoint !== undefined && { endpoint, forcePathStyle: true }),
    maxAttempts,
    requestHandler: {
      connectionTimeout: connectMs,
      requestTimeout: callMs,
      throwOnRequestTimeout: true, // else it is a line in the log and the request goes on
      logger,
    },
  })
}

/** Throws `invalid_name`. */
export function keyOf({ bucket, root }: S3Place, name: string): { Bucket: string; Key: string } {
  checkName(name)
  return { Bucket: bucket, Key: root + name }
}

export function targetOf(place: S3Place, name: string): PutObjectCommandInput {
  const { sse, kmsKey } = place
  return {
    ...keyOf(place, name),
    ...(sse !== undefined && { ServerSideEncryption: sse }),
    ...(kmsKey !== undefined && { SSEKMSKeyId: kmsKey }),
  }
}
