import { MongoClient } from 'mongodb'
import { BackendError } from '../../errors.ts'

/** For the server to be found, and for a connection to be made. */
const connectMs = 5_000
/** For a server that has a command and says nothing: it may have gone without a word, and the lane is somebody else's by then. */
const silenceMs = 120_000

/** What a URL may say otherwise. */
const defaults = Object.freeze({
  appName: 'trailstitch',
  w: 'majority' as const,
  retryWrites: true,
  serverSelectionTimeoutMS: connectMs,
  connectTimeoutMS: connectMs,
  socketTimeoutMS: silenceMs,
  maxPoolSize: 20,
})

/** Throws `invalid_url`, without the URL. */
export function createClient(url: string): MongoClient {
  const named = new Set([...url.matchAll(/[?&]([A-Za-z]+)=/g)].map((match) => match[1]?.toLowerCase()))
  const given = Object.fromEntries(Object.entries(defaults).filter(([name]) => !named.has(name.toLowerCase())))
  try {
    return new MongoClient(url, { ...given, promoteBuffers: true, ignoreUndefined: true })
  } catch (cause) {
    throw new BackendError('invalid_url', 'Write mongodb://host:27017/database.', { cause })
  }
}
