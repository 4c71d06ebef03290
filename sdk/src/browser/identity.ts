import { randomId } from '../lib/random-id.ts'
import type { BrowserWindow } from './deps.ts'
import type { SafeStorage } from './storage.ts'

/** Who is at the page. Read from storage each time, so that all tabs agree; kept in memory where storage is blocked. */
export interface Identity {
  anonymousId(): string
  userId(): string | undefined
  setUserId(userId: string): void
  reset(): void
}

const cookieName = 'trailstitch_id'
const cookieSeconds = 365 * 86_400

export function createIdentity(window: BrowserWindow, storage: SafeStorage, prefix: string): Identity {
  const memory = new Map<string, string>()
  const anonymousKey = `${prefix}anonymousId`
  const userKey = `${prefix}userId`
  const read = (key: string): string | undefined => storage.get(key) ?? memory.get(key)
  const write = (key: string, value: string): void => {
    if (storage.set(key, value)) memory.delete(key)
    else memory.set(key, value)
  }
  /** The cookie is what a server of the same site can read, and a second place that survives cleared storage. */
  const start = (id: string): string => {
    write(anonymousKey, id)
    writeCookie(window, id)
    return id
  }
  return {
    anonymousId: () => read(anonymousKey) ?? start(readCookie(window) ?? randomId(window.crypto)),
    userId: () => read(userKey),
    setUserId: (userId) => write(userKey, userId),
    reset() {
      storage.remove(userKey)
      memory.delete(userKey)
      start(randomId(window.crypto))
    },
  }
}

function readCookie({ document }: BrowserWindow): string | undefined {
  try {
    return new RegExp(`(?:^|; )${cookieName}=([\\w-]+)`).exec(document.cookie)?.[1]
  } catch {
    return undefined // a sandboxed frame has no cookies and says so by throwing
  }
}

function writeCookie({ document, location }: BrowserWindow, id: string): void {
  const secure = location.protocol === 'https:' ? '; Secure' : ''
  try {
    document.cookie = `${cookieName}=${id}; Path=/; Max-Age=${cookieSeconds}; SameSite=Lax${secure}`
  } catch {}
}
