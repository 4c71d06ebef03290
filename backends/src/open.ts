import { BackendError } from './errors.ts'

/** Backends of one port by URL scheme. Each is loaded when it is first asked for, so that nobody pays for the others. */
export type Registry<Open> = Readonly<Record<string, () => Promise<Open>>>

/** Finds and loads the backend that `url` asks for. Rejects with `invalid_url` or `unknown_scheme`. */
export async function loadBackend<Open>(port: string, registry: Registry<Open>, url: string): Promise<Open> {
  const { scheme } = splitUrl(url)
  const load = Object.hasOwn(registry, scheme) ? registry[scheme] : undefined
  if (!load) {
    const known = Object.keys(registry).map((name) => `${name}:`)
    throw new BackendError(
      'unknown_scheme',
      `A ${port} URL starts with ${known.join(', ')}, this one with "${scheme}:".`,
    )
  }
  return load()
}

/** The path a URL such as `sqlite:./data/queue.db` or `file:/var/lib/blobs` names. Throws `invalid_url`. */
export function filePathOf(url: string): string {
  const { scheme, rest } = splitUrl(url)
  const path = rest.startsWith('//') ? rest.slice(2) : rest
  if (path === '' || path === ':memory:' || path.includes('\0'))
    throw new BackendError('invalid_url', `It must name a place on disk, such as "${scheme}:./data/${scheme}".`)
  return path
}

/** Cuts a URL at its first colon. The message of the error does not repeat the URL: it may hold a password. */
export function splitUrl(url: string): { scheme: string; rest: string } {
  const match = /^([a-z][a-z0-9+.-]+):(.*)$/s.exec(url)
  if (!match) throw new BackendError('invalid_url', 'It must start with a scheme, such as "sqlite:".')
  return { scheme: match[1] ?? '', rest: match[2] ?? '' }
}
