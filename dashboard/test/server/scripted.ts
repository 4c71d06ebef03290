import { maxChunkBytes, type Queue, silentLog } from '@trailstitch/backends'
import {
  type Answers,
  createProjects,
  encodeChunk,
  type JourneyItem,
  overviewDimensions,
  type PersonDetail,
  type Query,
  type RejectedEvent,
  type Session,
  type StoredEvent,
} from '@trailstitch/protocol'
import type { DashboardOptions } from '../../src/server/options.ts'

// A store that answers what it is told to, and remembers what it was asked.

export const token = 'a-token-of-some-length'
export const start = Date.UTC(2024, 4, 6, 10, 30)
export const iso = (ms: number) => new Date(ms).toISOString()

export type Script = { [T in Query['type']]?: (query: Extract<Query, { type: T }>) => Answers[T] | Promise<Answers[T]> }

export function createScriptedStore(script: Script) {
  const asked: Query[] = []
  const query = async <Q extends Query>(question: Q): Promise<Answers[Q['type']]> => {
    asked.push(question)
    const answer = script[question.type] as ((query: Q) => Answers[Q['type']]) | undefined
    if (!answer) throw new Error(`nobody wrote an answer for ${question.type}`)
    return answer(question)
  }
  const marked: { id: string; at: number }[] = []
  const markReplayed = async (id: string, at: number) => void marked.push({ id, at })
  return { asked, query, marked, markReplayed }
}

export interface ScriptedQueue extends Pick<Queue, 'list' | 'depth' | 'traits' | 'send'> {
  pending: Uint8Array[]
  dead: Uint8Array[]
}

/** A queue whose bodies nobody receives; its cursor is a place in the list. */
export function createScriptedQueue(pending: Uint8Array[] = [], dead: Uint8Array[] = []): ScriptedQueue {
  const queue: ScriptedQueue = {
    traits: { maxMessageBytes: maxChunkBytes, listsPending: true },
    pending,
    dead,
    async list(state, { limit, cursor }) {
      const from = Number(cursor ?? 0)
      const items = queue[state].slice(from, from + limit)
      const nextCursor = from + limit < queue[state].length ? String(from + limit) : null
      return {
        items: items.map((body, index) => ({ id: `${from + index}`, body, receives: 1, sentAt: 0 })),
        nextCursor,
      }
    },
    async send(bodies) {
      queue.pending.push(...bodies)
      return bodies.map(() => ({ ok: true }))
    },
    depth: async () => ({ waiting: queue.pending.length, leased: 0, dead: queue.dead.length, oldestAgeMs: 0 }),
  }
  return queue
}

export interface ChunkSketch {
  collector?: string
  seq: number
  voided?: number[]
  parts: { project?: string; receivedAt?: number; events: number }[]
}

export function chunkOf({ collector = 'c1', seq, voided, parts }: ChunkSketch): Uint8Array {
  const header = {
    collector,
    seq,
    packedAt: start,
    ...(voided ? { voided } : {}),
    parts: parts.map(({ project = 'shop', receivedAt = start, events }) => ({
      project,
      kind: 'batch' as const,
      receivedAt,
      encoding: 'identity' as const,
      bytes: 2,
      events,
    })),
  }
  return encodeChunk(
    header,
    parts.map(() => Buffer.from('{}')),
  )
}

export const projects = createProjects([
  { id: 'shop', name: 'Shop', writeKeys: ['wk_0123456789abcdef', 'short'] },
  { id: 'blog', name: 'Blog', writeKeys: [] },
])

export function createOptions(script: Script, more: Pick<DashboardOptions, 'timer'> = {}) {
  const store = createScriptedStore(script)
  const queue = createScriptedQueue()
  const deps = { now: () => start, log: silentLog }
  return { store, queue, projects, adminToken: token, deps, ...more }
}

export const storedEvent = (more: Partial<StoredEvent> = {}): StoredEvent => ({
  project: 'shop',
  messageId: 'm1',
  type: 'track',
  name: 'Added',
  timestamp: start - 1000,
  receivedAt: start,
  originalTimestamp: start - 5000,
  anonymousId: 'visitor-1',
  properties: { timestamp: 5, nested: { list: [1, 'two', null] } },
  device: { type: 'mobile', browser: 'Firefox' },
  ...more,
})

export const journeyItem = (more: Partial<JourneyItem> = {}): JourneyItem => ({
  ...storedEvent(),
  sessionId: 's1',
  ...more,
})

export const session = (more: Partial<Session> = {}): Session => ({
  sessionId: 's1',
  anonymousId: 'visitor-1',
  start: start - 60_000,
  end: start,
  events: 3,
  pages: 2,
  tracks: 1,
  channel: 'Direct',
  bot: false,
  ...more,
})

export const person = (more: Partial<PersonDetail> = {}): PersonDetail => ({
  profileId: 'p1',
  userIds: ['ann'],
  anonymousIds: ['visitor-1'],
  traits: { email: 'ann@example.com' },
  firstSeen: start - 60_000,
  lastSeen: start,
  links: [{ kind: 'visitor', from: 'visitor-1', userId: 'ann', timestamp: start, messageId: 'm1', undone: false }],
  firstTouch: { channel: 'Direct' },
  ...more,
})

export const rejectedEvent = (more: Partial<RejectedEvent> = {}): RejectedEvent => ({
  id: 'r1',
  project: 'shop',
  code: 'unknown_type',
  message: 'The type is odd.',
  receivedAt: start,
  body: '{"type":"odd"}',
  ...more,
})

const figures = { events: 10, pages: 6, sessions: 4, people: 3, bounces: 1, durationMs: 60_000 }

export function overviewAnswer(from: number, to: number): Answers['overview'] {
  const breakdown = { rows: [{ value: '/', events: 4, pages: 4, people: 2 }], other: { values: 1, events: 2 } }
  const by = Object.fromEntries(overviewDimensions.map((name) => [name, breakdown])) as Answers['overview']['by']
  const meta = { computedAt: start, exact: true, rowsScanned: 5, timeZone: 'UTC' }
  return { from, to, totals: figures, hours: [{ hour: from, ...figures }], by, botEvents: 2, meta }
}

export const emptyLedger: Answers['ledger'] = {
  received: 0,
  stored: 0,
  duplicate: 0,
  rejected: 0,
  minutes: [],
  holes: [],
}
