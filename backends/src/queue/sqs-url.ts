import { type AwsPlace, failUrl, readOptions, readPlace } from '../aws/url.ts'
import { splitUrl } from '../open.ts'

/** What the URL of a queue in SQS says. */
export interface SqsPlace extends AwsPlace {
  name: string
  /** The account that owns the queue. Undefined: that of the credentials. */
  account: string | undefined
  /** The queue's own URL, where it is known already; else the service is asked for it. */
  queueUrl: string | undefined
}

const example = 'sqs://my-queue?region=eu-central-1'
const options = ['region', 'endpoint', 'account']

/**
 * Reads the queue's own URL, `https://sqs.REGION.amazonaws.com/ACCOUNT/NAME`, or
 * `sqs://NAME?region=…&account=…&endpoint=http://127.0.0.1:9324`. Throws `invalid_url`.
 */
export function parseSqsUrl(url: string): SqsPlace {
  const place = splitUrl(url).scheme === 'https' ? parseOwnUrl(url) : parseShortUrl(splitUrl(url).rest)
  // Its groups would have to be chosen and its throughput is a tenth; what is here needs no order.
  if (place.name.endsWith('.fifo')) return failUrl('It names a FIFO queue. Name a standard one: order is not needed.')
  if (!/^[A-Za-z0-9_-]{1,80}$/.test(place.name)) return failUrl(`It must name a queue, as in ${example}.`)
  if (place.account !== undefined && !/^\d{12}$/.test(place.account)) return failUrl('account has 12 digits.')
  return place
}

function parseOwnUrl(url: string): SqsPlace {
  const match = /^https:\/\/sqs(?:-fips)?\.([a-z0-9-]+)\.[a-z0-9.-]+\/([^/?#]+)\/([^/?#]+)$/.exec(url)
  if (!match)
    return failUrl('It must be a queue’s own, such as https://sqs.eu-central-1.amazonaws.com/123456789012/name.')
  const [, region, account, name = ''] = match
  return { region, endpoint: undefined, account, name, queueUrl: url }
}

function parseShortUrl(rest: string): SqsPlace {
  const match = /^\/\/([^/?#@]*)(?:\?([^#]*))?$/.exec(rest)
  if (!match) return failUrl(`It must look like ${example}. Credentials do not belong into it.`)
  const [, name = '', query = ''] = match
  const given = readOptions(query, options)
  return { name, ...readPlace(given), account: given.account, queueUrl: undefined }
}
