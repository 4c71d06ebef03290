import type { Receipt } from '@trailstitch/protocol'
import { adminToken, writeKey } from './data-folder.ts'

/** Answers of the read API, as far as these tests look at them. */
export interface Page<T> {
  items: T[]
  nextCursor: string | null
}
export interface PersonRow {
  profileId: string
  userIds: string[]
  anonymousIds: string[]
  traits: Record<string, unknown>
  firstSeen: string
  lastSeen: string
}
export interface JourneyRow {
  messageId: string
  type: string
  name: string
  timestamp: string
  receivedAt: string
  anonymousId: string | null
  userId: string | null
  sessionId: string | null
  properties: Record<string, unknown>
}
export interface SessionRow {
  sessionId: string
  anonymousId: string
  start: string
  end: string
  events: number
  pages: number
  channel: string
  entry: string | null
  exit: string | null
  device: Record<string, string> | null
}
export interface LedgerRow {
  received: number
  stored: number
  duplicate: number
  rejected: number
  dead: number
  inFlight: number
  balanced: boolean
  holes: unknown[]
  queue: { waiting: number; leased: number }
}
export interface RejectedRow {
  id: string
  code: string
  body: string
  replayedAt: string | null
}

export interface Api {
  /** Throws on anything but 200, with what was answered. */
  get<T>(path: string): Promise<T>
  people(search: string): Promise<Page<PersonRow>>
  /** The only person found. Throws when there is none or there are several. */
  person(search: string): Promise<PersonRow>
  journey(profileId: string, query?: string): Promise<Page<JourneyRow>>
  sessions(profileId: string): Promise<Page<SessionRow>>
  ledger(): Promise<LedgerRow>
  rejected(): Promise<Page<RejectedRow>>
}

export function createApi(url: string): Api {
  const get = async <T>(path: string): Promise<T> => {
    const response = await fetch(`${url}/api/v1${path}`, { headers: { authorization: `Bearer ${adminToken}` } })
    const text = await response.text()
    if (response.status !== 200) throw new Error(`GET ${path}: ${response.status} ${text}`)
    return JSON.parse(text) as T
  }
  const people = (search: string): Promise<Page<PersonRow>> => get(`/people?search=${encodeURIComponent(search)}`)
  return {
    get,
    people,
    async person(search) {
      const { items } = await people(search)
      const [only] = items
      if (only === undefined || items.length > 1) throw new Error(`${items.length} people are found by ${search}`)
      return only
    },
    journey: (profileId, query = 'limit=1000') => get(`/people/${encodeURIComponent(profileId)}/journey?${query}`),
    sessions: (profileId) => get(`/people/${encodeURIComponent(profileId)}/sessions?limit=1000`),
    ledger: () => get('/ledger'),
    rejected: () => get('/rejected?limit=1000'),
  }
}

export interface Posted {
  status: number
  retryAfter: string | null
  body: Receipt & { code?: string }
}

/** A browser's, so that nobody takes the events for a bot's. */
const userAgent = 'Mozilla/5.0 (X11; Linux x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36'
const headers = {
  authorization: `Basic ${Buffer.from(`${writeKey}:`).toString('base64')}`,
  'content-type': 'application/json',
  'user-agent': userAgent,
}

/** How long a client waits for an answer before it tries again. */
const answerMs = 15_000

/** Posts to /v1/`route`: bytes as they are, anything else as JSON. Rejects when no answer comes. */
export async function post(url: string, route: string, body: Uint8Array | object): Promise<Posted> {
  const bytes = body instanceof Uint8Array ? Buffer.from(body) : JSON.stringify(body)
  const signal = AbortSignal.timeout(answerMs)
  const response = await fetch(`${url}/v1/${route}`, { method: 'POST', headers, body: bytes, signal })
  return {
    status: response.status,
    retryAfter: response.headers.get('retry-after'),
    body: (await response.json()) as Posted['body'],
  }
}

/** The messageIds in the journeys of everybody there is. */
export async function readJourneys(api: Api): Promise<string[]> {
  const people = await readPages<PersonRow>((query) => api.get(`/people?${query}`))
  const journeys = await Promise.all(
    people.map(({ profileId }) => readPages<JourneyRow>((query) => api.journey(profileId, query))),
  )
  return journeys.flat().map(({ messageId }) => messageId)
}

async function readPages<T>(read: (query: string) => Promise<Page<T>>): Promise<T[]> {
  const items: T[] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: Page<T> = await read(`limit=1000${cursor && `&cursor=${encodeURIComponent(cursor)}`}`)
    items.push(...page.items)
    cursor = page.nextCursor
  }
  return items
}
