import ai from './data/ai.json' with { type: 'json' }
import email from './data/email.json' with { type: 'json' }
import search from './data/search.json' with { type: 'json' }
import shopping from './data/shopping.json' with { type: 'json' }
import social from './data/social.json' with { type: 'json' }
import video from './data/video.json' with { type: 'json' }
import { withoutWww } from './url.ts'

/** What kind of site a source is, where that is known. */
export type SourceKind = 'search' | 'social' | 'video' | 'shopping' | 'email' | 'ai'

export interface KnownSource {
  /** Short name, such as `google`. */
  name: string
  kind: SourceKind
}

/**
 * The lists say for each name its hosts (subdomains included), exact hosts (`=host`: nothing but the host itself, with
 * or without `www.`, for sites that also hold much else), hosts under any public suffix (`google.*`), Android packages,
 * and, without a dot, other names that `utm_source` uses for it.
 */
const lists: readonly [SourceKind, Readonly<Record<string, readonly string[]>>][] = [
  ['ai', ai],
  ['email', email],
  ['shopping', shopping],
  ['search', search],
  ['social', social],
  ['video', video],
]

const byKey: ReadonlyMap<string, KnownSource> = new Map(
  lists.flatMap(([kind, list]) =>
    Object.entries(list).flatMap(([name, keys]) => [name, ...keys].map((key) => [key, { name, kind }] as const)),
  ),
)

const publicSuffix = /\.(?:(?:co|com|org|net|gov|edu|ac)\.[a-z]{2}|[a-z]{2,6})$/

/** The site a host belongs to, if it is one of the lists'. The most specific entry wins: mail.google.com is no search. */
export function knownHost(host: string): KnownSource | undefined {
  const plain = withoutWww(host)
  if (!plain.includes('.')) return undefined // a machine of somebody's own network, whatever it is called
  const base = plain.replace(publicSuffix, '')
  const exact = byKey.get(`=${plain}`) ?? byKey.get(plain) ?? byKey.get(`=${base}.*`)
  if (exact) return exact
  // The rest of the host shrinks label by label; the part before the public suffix goes along with it.
  for (let start = 0, dot = plain.indexOf('.'); dot >= 0; start = dot + 1, dot = plain.indexOf('.', start)) {
    const found = byKey.get(plain.slice(start)) ?? (start < base.length && byKey.get(`${base.slice(start)}.*`))
    if (found) return found
  }
  return undefined
}

/** What a `utm_source` means: a name or a host of the lists. `source` in lower case. */
export const knownSource = (source: string): KnownSource | undefined =>
  byKey.get(source) ?? (source.includes('.') ? knownHost(source) : undefined)
