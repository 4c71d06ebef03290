import { randomId } from '../lib/random-id.ts'
import { safely } from '../lib/safely.ts'
import type { BrowserWindow } from './deps.ts'
import { activityMs, cookieSeconds, longestMs, silenceMs } from './limits.ts'
import type { Store } from './storage.ts'

/**
 * Who is at the page. Read from where it is kept each time, so that all tabs agree. Visitor and session lie in cookies,
 * which a server of the same site and its other subdomains can read, and in local storage: either survives the other's
 * clearing.
 */
export interface Identity {
  anonymousId(): string
  /** Makes the visitor this one, or a new one. */
  begin(id?: string): string
  userId(): string | undefined
  setUserId(userId: string): void
  /** The session that something at `at` belongs to; a new one after 30 minutes of silence, or 24 hours. */
  sessionId(at: number): string
  reset(): void
}

export function createIdentity(window: BrowserWindow, store: Store, prefix: string): Identity {
  const { crypto, document, location } = window
  const readCookie = (name: string): string | undefined =>
    // A sandboxed frame has no cookies and says so by throwing.
    safely(() => new RegExp(`trailstitch_${name}=([\\w.-]+)`).exec(document.cookie)?.[1])()
  const read = (name: string): string | undefined => readCookie(name) ?? store.get(prefix + name)
  /** The widest domain that the browser allows, once it was found; a name of one label or an address is its own. */
  let domain: string | undefined
  const write = (name: string, value: string): string => {
    store.set(prefix + name, value)
    const put = (): void => {
      document.cookie = `trailstitch_${name}=${value}; Path=/; Max-Age=${cookieSeconds}; SameSite=Lax${domain}${location.protocol === 'https:' ? '; Secure' : ''}`
    }
    const labels = location.hostname.split('.')
    if (domain !== undefined) safely(put)()
    // Reading a cookie that was just written waits for another process.
    else
      for (let from = labels.length; from-- && readCookie(name) !== value; ) {
        domain = from ? `; Domain=${labels.slice(from - 1).join('.')}` : ''
        safely(put)()
      }
    return value
  }
  const begin = (known?: string): string => write('id', known ?? randomId(crypto))
  // Where one of the two was cleared.
  begin(read('id'))
  return {
    anonymousId: () => read('id') ?? begin(),
    begin,
    userId: () => store.get(`${prefix}user`),
    setUserId: (userId) => void store.set(`${prefix}user`, userId),
    sessionId(at) {
      let [id = '', start = '', last = ''] = read('session')?.split('.') ?? []
      if (!(at - Number(last) < silenceMs && at - Number(start) < longestMs)) {
        id = randomId(crypto)
        start = last = `${at}`
        write('session', `${id}.${at}.${at}`)
        // Its year begins anew.
        begin(read('id'))
      }
      if (at - Number(last) > activityMs) write('session', `${id}.${start}.${at}`)
      return id
    },
    reset() {
      store.remove(`${prefix}user`)
      write('session', '0')
      begin()
    },
  }
}
