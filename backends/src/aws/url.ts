import { BackendError } from '../errors.ts'

/** Throws `invalid_url`. No message repeats a value, in case that one is a secret. */
export function failUrl(detail: string): never {
  throw new BackendError('invalid_url', detail)
}

/** The options behind a URL's question mark, each of `known` at most once. Throws `invalid_url`. */
export function readOptions(query: string, known: readonly string[]): Record<string, string | undefined> {
  const given: Record<string, string> = {}
  for (const [name, value] of new URLSearchParams(query)) {
    if (!known.includes(name)) return failUrl(`An option is unknown. There are ${known.join(', ')}.`)
    if (value === '' || Object.hasOwn(given, name)) return failUrl(`${name} must be given once, with a value.`)
    given[name] = value
  }
  return given
}

/** Where the service is. */
export interface AwsPlace {
  /** Undefined: from the SDK's own settings, such as AWS_REGION. */
  region: string | undefined
  /** Undefined: AWS. */
  endpoint: string | undefined
}

export function readPlace({ region, endpoint }: Record<string, string | undefined>): AwsPlace {
  if (region !== undefined && !/^[a-z0-9-]{1,64}$/.test(region)) return failUrl('region is none, such as eu-central-1.')
  if (endpoint !== undefined && !isOrigin(endpoint))
    return failUrl('endpoint is an origin such as http://127.0.0.1:9000, with no path behind it.')
  // Servers that are not AWS seldom have regions, but a request must be signed for one.
  return { region: region ?? (endpoint === undefined ? undefined : 'us-east-1'), endpoint }
}

function isOrigin(text: string): boolean {
  return /^https?:\/\/[^/?#@]+\/?$/.test(text) && URL.canParse(text)
}
