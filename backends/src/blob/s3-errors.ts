import { type Attempt, type Fail, type Failure, toAwsError } from '../aws/errors.ts'
import type { BackendError } from '../errors.ts'

const redirects = new Set(['PermanentRedirect', 'AuthorizationHeaderMalformed', 'IllegalLocationConstraintException'])

export const toS3Error = (cause: unknown, attempt: Attempt): BackendError => toAwsError(cause, attempt, ofS3)

function ofS3({ name = '', $metadata }: Failure, fail: Fail): BackendError | undefined {
  if (name === 'NoSuchBucket') return fail('bucket_missing', 'make it, or name another one in the URL.')
  if (redirects.has(name) || $metadata?.httpStatusCode === 301)
    return fail('invalid_url', 'the bucket lies in another region; name that one in the URL with region=.')
  return undefined
}

/** Whether the service said that the object is not there. A HEAD or a compatible server may say no more than 404. */
export function isMissing(cause: unknown): boolean {
  const { name, $metadata } = cause as Failure
  return name === 'NoSuchKey' || name === 'NotFound' || ($metadata?.httpStatusCode === 404 && name !== 'NoSuchBucket')
}
