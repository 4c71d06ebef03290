import { BackendError } from '../errors.ts'
import { splitUrl } from '../open.ts'
import { checkName } from './names.ts'

/** What an `s3:` URL says. */
export interface S3Place {
  bucket: string
  /** What all keys start with: empty, or ends in a slash. */
  root: string
  /** Undefined: from the SDK's own settings, such as AWS_REGION. */
  region: string | undefined
  /** Undefined: AWS. */
  endpoint: string | undefined
  sse: 'AES256' | 'aws:kms' | undefined
  kmsKey: string | undefined
}

const example = 's3://bucket/prefix?region=eu-central-1'
const options = new Set(['region', 'endpoint', 'sse', 'kmsKey'])
/** Keys stop at 1,024 bytes and names at 512. */
const maxPrefix = 500

/**
 * Reads `s3://BUCKET/PREFIX?region=…&endpoint=http://127.0.0.1:9000&sse=AES256|aws:kms&kmsKey=…`. Throws `invalid_url`;
 * the message repeats no value, in case that one is a secret.
 */
export function parseS3Url(url: string): S3Place {
  const match = /^\/\/([^/?#@]*)(?:\/([^?#]*))?(?:\?([^#]*))?$/.exec(splitUrl(url).rest)
  if (!match) return fail(`It must look like ${example}. Credentials do not belong into it.`)
  const [, bucket = '', path = '', query = ''] = match
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket)) return fail(`It must name a bucket, as in ${example}.`)
  const given = readQuery(query)
  const { region, endpoint, sse, kmsKey } = given
  if (region !== undefined && !/^[a-z0-9-]{1,64}$/.test(region)) return fail('region is none, such as eu-central-1.')
  if (sse !== undefined && sse !== 'AES256' && sse !== 'aws:kms') return fail('sse is AES256 or aws:kms.')
  if (kmsKey !== undefined && sse !== 'aws:kms') return fail('kmsKey needs sse=aws:kms beside it.')
  if (endpoint !== undefined && !isOrigin(endpoint))
    return fail('endpoint is an origin such as http://127.0.0.1:9000, with no path behind it.')
  // Servers that are not AWS seldom have regions, but a request must be signed for one.
  const signedFor = region ?? (endpoint === undefined ? undefined : 'us-east-1')
  return { bucket, root: readPrefix(path), region: signedFor, endpoint, sse, kmsKey }
}

function readPrefix(path: string): string {
  const prefix = path.replace(/\/$/, '')
  if (prefix === '') return ''
  try {
    checkName(prefix)
  } catch {
    return fail('The prefix holds what no name may: use letters, digits, dots, dashes and single slashes.')
  }
  return prefix.length > maxPrefix ? fail(`The prefix is longer than ${maxPrefix} characters.`) : `${prefix}/`
}

function readQuery(query: string): Record<string, string | undefined> {
  const given: Record<string, string> = {}
  for (const [name, value] of new URLSearchParams(query)) {
    if (!options.has(name)) return fail(`An option is unknown. There are ${[...options].join(', ')}.`)
    if (value === '' || Object.hasOwn(given, name)) return fail(`${name} must be given once, with a value.`)
    given[name] = value
  }
  return given
}

function isOrigin(text: string): boolean {
  return /^https?:\/\/[^/?#@]+\/?$/.test(text) && URL.canParse(text)
}

function fail(detail: string): never {
  throw new BackendError('invalid_url', detail)
}
