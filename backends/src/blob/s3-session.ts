import { type PutObjectCommandInput, S3Client } from '@aws-sdk/client-s3'
import type { Calls } from '../aws/calls.ts'
import { clientSettings } from '../aws/settings.ts'
import type { Deps } from '../deps.ts'
import { checkName } from './names.ts'
import type { S3Place } from './s3-url.ts'

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

export function createClient(place: S3Place, { log }: Deps, { connectMs, callMs }: S3Limits): S3Client {
  const settings = clientSettings(place, log, { connectMs, requestMs: callMs })
  return new S3Client({ ...settings, ...(place.endpoint !== undefined && { forcePathStyle: true }) })
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
