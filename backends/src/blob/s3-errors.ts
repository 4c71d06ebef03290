import { BackendError, type BackendErrorCode } from '../errors.ts'

/** What is known of a failure of the SDK. It throws many classes, and bare errors for what happens below HTTP. */
interface Failure {
  name?: string
  code?: string
  message?: string
  Code?: string
  $metadata?: { httpStatusCode?: number }
}

/** What was tried, for the message. */
export interface Attempt {
  /** The permission it takes, such as `s3:PutObject`. */
  action: string
  bucket: string
}

const badKeys = new Set(['InvalidAccessKeyId', 'SignatureDoesNotMatch', 'InvalidToken', 'InvalidClientTokenId'])
const redirects = new Set(['PermanentRedirect', 'AuthorizationHeaderMalformed', 'IllegalLocationConstraintException'])
const networkCodes =
  /^(?:ECONN\w+|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EPIPE|ETIMEDOUT|EPROTO|ERR_SSL_\w+|ERR_TLS_\w+|CERT_\w+|\w+_CERT\w*)$/

/** Turns whatever the SDK throws into a BackendError that says what to do. */
export function toS3Error(cause: unknown, { action, bucket }: Attempt): BackendError {
  if (cause instanceof BackendError) return cause
  const { name = '', code = '', message = '', Code, $metadata } = cause as Failure
  const fail = (as: BackendErrorCode, detail: string): BackendError =>
    new BackendError(as, `${action} on ${bucket}: ${detail}`, { cause })
  const status = $metadata?.httpStatusCode
  if (name === 'NoSuchBucket') return fail('bucket_missing', 'make it, or name another one in the URL.')
  if (redirects.has(name) || status === 301)
    return fail('invalid_url', 'the bucket lies in another region; name that one in the URL with region=.')
  if (name === 'CredentialsProviderError')
    return fail(
      'forbidden',
      'there are no credentials. Give the process a role, or set AWS_ACCESS_KEY_ID and its secret.',
    )
  if (name === 'ExpiredToken' || name === 'ExpiredTokenException')
    return fail('forbidden', 'the session of the credentials is over. Get new ones, or give the process a role.')
  if (badKeys.has(name)) return fail('forbidden', 'the service does not know these credentials. Compare both keys.')
  if (name === 'RequestTimeTooSkewed') return fail('forbidden', 'the clock of this machine is wrong. Set it with NTP.')
  if (name.startsWith('KMS.') || /\bkms:\w+/i.test(message))
    return fail('forbidden', `the KMS key may not be used (${name}). Allow kms:GenerateDataKey and kms:Decrypt on it.`)
  if (status === 403) return fail('forbidden', `allow ${action} to these credentials.`)
  if (name === 'AbortError' || name === 'TimeoutError') return fail('unreachable', 'no answer in time.')
  if (networkCodes.test(code)) return fail('unreachable', `${code}. Check the endpoint and the network.`)
  return fail('backend_failed', [Code ?? name, message].filter(Boolean).join(': ').slice(0, 500))
}

/** Whether the service said that the object is not there. A HEAD or a compatible server may say no more than 404. */
export function isMissing(cause: unknown): boolean {
  const { name, $metadata } = cause as Failure
  return name === 'NoSuchKey' || name === 'NotFound' || ($metadata?.httpStatusCode === 404 && name !== 'NoSuchBucket')
}
