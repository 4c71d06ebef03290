import { type AwsPlace, failUrl, readOptions, readPlace } from '../aws/url.ts'
import { splitUrl } from '../open.ts'
import { checkName } from './names.ts'

/** What an `s3:` URL says. */
export interface S3Place extends AwsPlace {
  bucket: string
  /** What all keys start with: empty, or ends in a slash. */
  root: string
  sse: 'AES256' | 'aws:kms' | undefined
  kmsKey: string | undefined
}

const example = 's3://bucket/prefix?region=eu-central-1'
const options = ['region', 'endpoint', 'sse', 'kmsKey']
/** Keys stop at 1,024 bytes and names at 512. */
const maxPrefix = 500

/**
 * Reads `s3://BUCKET/PREFIX?region=…&endpoint=http://127.0.0.1:9000&sse=AES256|aws:kms&kmsKey=…`. Throws `invalid_url`.
 */
export function parseS3Url(url: string): S3Place {
  const match = /^\/\/([^/?#@]*)(?:\/([^?#]*))?(?:\?([^#]*))?$/.exec(splitUrl(url).rest)
  if (!match) return failUrl(`It must look like ${example}. Credentials do not belong into it.`)
  const [, bucket = '', path = '', query = ''] = match
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket)) return failUrl(`It must name a bucket, as in ${example}.`)
  const given = readOptions(query, options)
  const { sse, kmsKey } = given
  if (sse !== undefined && sse !== 'AES256' && sse !== 'aws:kms') return failUrl('sse is AES256 or aws:kms.')
  if (kmsKey !== undefined && sse !== 'aws:kms') return failUrl('kmsKey needs sse=aws:kms beside it.')
  return { bucket, root: readPrefix(path), ...readPlace(given), sse, kmsKey }
}

function readPrefix(path: string): string {
  const prefix = path.replace(/\/$/, '')
  if (prefix === '') return ''
  try {
    checkName(prefix)
  } catch {
    return failUrl('The prefix holds what no name may: use letters, digits, dots, dashes and single slashes.')
  }
  return prefix.length > maxPrefix ? failUrl(`The prefix is longer than ${maxPrefix} characters.`) : `${prefix}/`
}
