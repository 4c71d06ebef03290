import { type Blob, maxChunkBytes, type Queue, type Store } from '@trailstitch/backends'
import type { Answers, LedgerQuery, LedgerSums, Query } from '@trailstitch/protocol'
import { chunkOf, start } from './scripted.ts'

export interface ModelChunk {
  collector: string
  seq: number
  voided: number[]
  project: string
  minute: number
  events: number
}

/**
 * Collectors, an overflow, a queue and a store as small as they can be. Numbers are given out and sent in order; whatever
 * happens to a chunk after that may happen at any time and in any order.
 */
export function createModel() {
  const { nextSeq, takeNumber, takeVoided, giveUp } = createNumbers()
  const messages = new Map<number, { chunk: ModelChunk; dead: boolean }>()
  /** By name. */
  const overflow = new Map<string, ModelChunk>()
  const taken = new Map<string, ModelChunk>()
  const sent: ModelChunk[] = []
  let nextId = 1

  const pick = (dead: boolean, which: number) => {
    const ids = [...messages].filter(([, message]) => message.dead === dead).map(([id]) => id)
    return ids[which % ids.length]
  }

  const pickOverflowed = (which: number) => [...overflow][which % overflow.size]
  const makeChunk = (collector: string, project: string, minute: number, events: number, voided: number[]) => {
    const chunk = { collector, seq: takeNumber(collector), voided, project, minute, events }
    sent.push(chunk)
    return chunk
  }

  return {
    sent,
    messages,
    overflow,
    takeVoided,
    /** Names the numbers given up so far, unless told which. */
    send(collector: string, project: string, minute: number, events: number, voided = takeVoided(collector)) {
      messages.set(nextId++, { chunk: makeChunk(collector, project, minute, events, voided), dead: false })
    },
    /** The queue could not take it; or it did and nobody heard of it, then the chunk is in both. */
    detour(collector: string, project: string, minute: number, events: number, isInBoth: boolean) {
      const chunk = makeChunk(collector, project, minute, events, takeVoided(collector))
      overflow.set(`overflow/${collector}-${String(chunk.seq).padStart(5, '0')}`, chunk)
      if (isInBoth) messages.set(nextId++, { chunk, dead: false })
    },
    /** The re-driver sends a chunk, and takes it out of the overflow unless it is killed before. */
    redrive(which: number, isKilled: boolean) {
      const [name, chunk] = pickOverflowed(which) ?? []
      if (name === undefined || !chunk) return
      messages.set(nextId++, { chunk, dead: false })
      if (!isKilled) overflow.delete(name)
    },
    giveUp,
    /** Takes a pending chunk in; the message stays until it is acked, as it does when a worker is killed. */
    process(which: number) {
      const chunk = messages.get(pick(false, which) ?? 0)?.chunk
      if (chunk) taken.set(`${chunk.collector}:${chunk.seq}`, chunk)
    },
    ack(which: number) {
      const id = pick(false, which)
      const chunk = messages.get(id ?? 0)?.chunk
      if (id !== undefined && chunk && taken.has(`${chunk.collector}:${chunk.seq}`)) messages.delete(id)
    },
    die(which: number) {
      const message = messages.get(pick(false, which) ?? 0)
      if (message) message.dead = true
    },
    taken,
    nextSeq,
  }
}

function createNumbers() {
  const nextSeq = new Map<string, number>()
  const voidedBy = new Map<string, number[]>()
  const takeNumber = (collector: string) => {
    const seq = nextSeq.get(collector) ?? 1
    nextSeq.set(collector, seq + 1)
    return seq
  }
  return {
    nextSeq,
    takeNumber,
    takeVoided(collector: string) {
      const voided = voidedBy.get(collector) ?? []
      voidedBy.delete(collector)
      return voided
    },
    /** A number whose send failed: the next chunk names it. */
    giveUp(collector: string) {
      voidedBy.set(collector, [...(voidedBy.get(collector) ?? []), takeNumber(collector)])
    },
  }
}

export type Model = ReturnType<typeof createModel>

/** The ports over a model. `meanwhile` is called before each answer: the world moves while it is read. */
export function portsOf(
  model: Model,
  meanwhile: () => void,
): {
  store: Pick<Store, 'query'>
  queue: Pick<Queue, 'list' | 'depth' | 'traits'>
  overflow: Pick<Blob, 'list' | 'get'>
} {
  const query = async <Q extends Query>(question: Q): Promise<Answers[Q['type']]> => {
    meanwhile()
    if (question.type === 'processed')
      return question.chunks.filter(({ collector, seq }) =>
        model.taken.has(`${collector}:${seq}`),
      ) as Answers[Q['type']]
    if (question.type === 'ledger') return ledgerOf(model, question) as Answers[Q['type']]
    throw new Error(`not asked here: ${question.type}`)
  }
  return {
    store: { query },
    overflow: {
      async list(prefix, { limit = 1000, cursor = '' } = {}) {
        meanwhile()
        const names = [...model.overflow.keys()].filter((name) => name.startsWith(prefix) && name > cursor).toSorted()
        const items = names.slice(0, limit).map((name) => ({ name, bytes: 1, modifiedAt: start }))
        return { items, nextCursor: names.length > limit ? (items.at(-1)?.name ?? null) : null }
      },
      async get(name) {
        meanwhile()
        const chunk = model.overflow.get(name)
        return chunk && encode(chunk)
      },
    },
    queue: {
      traits: { maxMessageBytes: maxChunkBytes, listsPending: true },
      async list(state, { limit, cursor }) {
        meanwhile()
        const all = [...model.messages].filter(
          ([id, { dead }]) => id > Number(cursor ?? 0) && dead === (state === 'dead'),
        )
        const items = all
          .slice(0, limit)
          .map(([id, { chunk }]) => ({ id: String(id), body: encode(chunk), receives: 0, sentAt: 0 }))
        return { items, nextCursor: all.length > limit ? String(items.at(-1)?.id) : null }
      },
      depth: async () => ({ waiting: model.messages.size, leased: 0, dead: 0, oldestAgeMs: 0 }),
    },
  }
}

const encode = ({ collector, seq, voided, project, minute, events }: ModelChunk) =>
  chunkOf({ collector, seq, voided, parts: [{ project, receivedAt: start + minute * 60_000 + 7, events }] })

/** Events are stored, doubled or refused by their place, so that all three sums move. */
function ledgerOf(model: Model, { project, from = 0, to = Number.POSITIVE_INFINITY }: LedgerQuery): Answers['ledger'] {
  const minutes = new Map<string, LedgerSums & { project: string; minute: number }>()
  const sums = { received: 0, stored: 0, duplicate: 0, rejected: 0 }
  for (const chunk of model.taken.values()) {
    const minute = start + chunk.minute * 60_000
    if ((project ?? chunk.project) !== chunk.project || minute < from || minute >= to) continue
    const key = `${minute} ${chunk.project}`
    const row = minutes.get(key) ?? {
      project: chunk.project,
      minute,
      received: 0,
      stored: 0,
      duplicate: 0,
      rejected: 0,
    }
    minutes.set(key, row)
    const stored = Math.ceil(chunk.events / 2)
    const duplicate = Math.floor((chunk.events - stored) / 2)
    for (const books of [row, sums]) {
      books.received += chunk.events
      books.stored += stored
      books.duplicate += duplicate
      books.rejected += chunk.events - stored - duplicate
    }
  }
  return { ...sums, minutes: [...minutes.values()], holes: holesOf(model) }
}

function holesOf(model: Model): Answers['ledger']['holes'] {
  const holes: Answers['ledger']['holes'] = []
  for (const collector of model.nextSeq.keys()) {
    const chunks = [...model.taken.values()].filter((chunk) => chunk.collector === collector)
    const known = new Set(chunks.flatMap(({ seq, voided }) => [seq, ...voided]))
    const last = Math.max(0, ...chunks.map(({ seq }) => seq))
    for (let seq = 1; seq <= last; seq++) {
      if (known.has(seq)) continue
      const before = holes.at(-1)
      if (before?.collector === collector && before.toSeq === seq - 1) before.toSeq = seq
      else holes.push({ collector, fromSeq: seq, toSeq: seq, since: start })
    }
  }
  return holes
}
