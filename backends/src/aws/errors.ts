import { BackendError, type BackendErrorCode } from '../errors.ts'

/** What is known of a failure of the SDK. It throws many classes, and bare errors for what happens below HTTP. */
export interface Failure {
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
  /** The bucket or queue. */
  resource: string
}

/** Makes an error out of a code and what to do. */
export type Fail = (code: BackendErrorCode, detail: string) => BackendError

const badKeys = new Set([
  ...['InvalidAccessKeyId', 'SignatureDoesNotMatch', 'InvalidToken', 'InvalidClientTokenId'],
  ...['UnrecognizedClientException', 'IncompleteSignature', 'InvalidSecurity'],
])
const networkCodes =
  /^(?:ECONN\w+|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EPIPE|ETIMEDOUT|EPROTO|ERR_SSL_\w+|ERR_TLS_\w+|CERT_\w+|\w+_CERT\w*)$/

/**
 * Turns whatever the SDK throws into a BackendError that says what to do. `ofService` knows what only this service says;
 * it comes first.
 */
export function toAwsError(
  cause: unknown,
  { action, resource }: Attempt,
  ofService: (failure: Failure, fail: Fail) => BackendError | undefined,
): BackendError {
  if (cause instanceof BackendError) return cause
  const failure = cause as Failure
  const { name = '', code = '', message = '', Code, $metadata } = failure
  const fail: Fail = (as, detail) => new BackendError(as, `${action} on ${resource}: ${detail}`, { cause })
  const known = ofService(failure, fail)
  if (known) return known
  if (name === 'CredentialsProviderError')
    return fail(
      'forbidden',
      'there are no credentials. Give the process a role, or set AWS_ACCESS_KEY_ID and its secret.',
    )
  if (name === 'ExpiredToken' || name === 'ExpiredTokenException')
    return fail('forbidden', 'the session of the credentials is over. Get new ones, or give the process a role.')
  if (badKeys.has(name)) return fail('forbidden', 'the service does not know these credentials. Compare both keys.')
  if (name === 'RequestTimeTooSkewed' || /signature expired/i.test(message))
    return fail('forbidden', 'the clock of this machine is wrong. Set it with NTP.')
  if (/^kms/i.test(name) || /\bkms:\w+/i.test(message))
    return fail('forbidden', `the KMS key may not be used (${name}). Allow kms:GenerateDataKey and kms:Decrypt on it.`)
  if ($metadata?.httpStatusCode === 403 || /^AccessDenied/.test(name))
    return fail('forbidden', `allow ${action} to these credentials.`)
  if (name === 'AbortError' || name === 'TimeoutError') return fail('unreachable', 'no answer in time.')
  if (networkCodes.test(code)) return fail('unreachable', `${code}. Check the endpoint and the network.`)
  return fail('backend_failed', [Code ?? name, message].filter(Boolean).join(': ').slice(0, 500))
}
