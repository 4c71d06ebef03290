import { createHash } from 'node:crypto'
import type { Deps, Kv, Store } from '@trailstitch/backends'
import {
  type AnalysisAnswers,
  type AnalysisQuery,
  negate,
  type OverviewAnswer,
  type OverviewQuery,
  type Projects,
} from '@trailstitch/protocol'
import { type CountedOverviewAnswer, type CountedOverviewQuery, countOverview } from './counted-overview.ts'
import { createGate } from './gate.ts'
import { systemTimer, type Timer } from './options.ts'
import { digestOf } from './query-digest.ts'

export type CachedQuery = AnalysisQuery | OverviewQuery
/** With rules, an overview is counted from events. */
export type CachedOverview = OverviewAnswer | CountedOverviewAnswer
export type CachedAnswer = AnalysisAnswers[AnalysisQuery['type']] | CachedOverview
/** As it is worked out, with the rules of its project. */
type RuledQuery = CachedQuery | CountedOverviewQuery

export interface Answered {
  answer: CachedAnswer
  /** Names the answer: the same text, the same answer. */
  tag: string
}

export interface QueryService {
  /**
   * Rejects with `busy` when it would have to wait for too long. Once `signal` says that nobody waits for the answer any
   * more, and nobody else asks the same, the question gives up its place in the row.
   */
  ask(query: CachedQuery, signal?: AbortSignal): Promise<Answered>
}

interface Parts {
  store: Pick<Store, 'query'>
  /** Whose rules leave events out of every question. */
  projects: Pick<Projects, 'byId'>
  /** Keeps answers for all dashboards. Default: none are kept. */
  kv?: Pick<Kv, 'get' | 'set'> | undefined
  deps: Deps
  /** Default: real timers. */
  timer?: Timer | undefined
}

/** A question that is being worked out, for all who ask it meanwhile. */
interface Run {
  answered: Promise<Answered>
  askers: number
  abort(): void
}

/** What lies in kv: an answer, and how far the store had come when it was worked out. */
interface Kept {
  mark: string
  at: number
  answer: CachedAnswer
}

const keptMs = 24 * 3_600_000
/** So long an answer is given without a look at what has come since; one whose range is over by an hour, for longer. */
const openMs = 2_000
const closedMs = 60_000
const hourMs = 3_600_000
/** Answers that are larger are not kept. */
const maxKeptBytes = 1_000_000

/**
 * Answers questions: what is kept and still true at once, the same question that is asked while it is being worked out
 * once, and all others a few at a time. A kv that is away only costs time.
 */
export function createQueryService({ store, projects, kv, deps, timer = systemTimer }: Parts): QueryService {
  const running = new Map<string, Run>()
  const gate = createGate({ atOnce: 4, waitMs: 10_000, timer })

  const read = async (key: string): Promise<Kept | undefined> => {
    const text = await kv?.get(key).catch(() => undefined)
    return text === undefined ? undefined : parseKept(text)
  }
  const keep = async (key: string, kept: Kept): Promise<void> => {
    const text = JSON.stringify(kept)
    if (text.length <= maxKeptBytes) await kv?.set(key, text, keptMs).catch(() => undefined)
  }
  const answer = async (key: string, query: RuledQuery, signal: AbortSignal): Promise<Answered> => {
    const known = await read(key)
    const isOver = query.to < deps.now() - hourMs
    if (known && deps.now() - known.at < (isOver ? closedMs : openMs)) return named(key, known)
    // Before the answer is worked out: what comes meanwhile makes it old, and not the other way round.
    const mark = kv ? await store.query({ type: 'mark', project: query.project }) : ''
    if (known?.mark === mark && isTimeless(query)) return named(key, known)
    const fresh: Kept = { mark, at: deps.now(), answer: await gate(() => workOut(store, query), signal) }
    await keep(key, fresh)
    return named(key, fresh)
  }
  const start = (key: string, query: RuledQuery): Run => {
    const abort = new AbortController()
    const forget = (): void => {
      if (running.get(key) === run) running.delete(key)
    }
    const run: Run = {
      answered: answer(key, query, abort.signal).finally(forget),
      askers: 0,
      abort() {
        // Whoever asks from now on has not gone away.
        forget()
        abort.abort()
      },
    }
    running.set(key, run)
    return run
  }
  return {
    ask(asked, signal) {
      const query = withRules(asked, projects)
      const key = `query:${query.project}:${digestOf(query)}`
      const run = running.get(key) ?? start(key, query)
      run.askers++
      const leave = (): void => {
        if (--run.askers === 0) run.abort()
      }
      if (signal?.aborted) leave()
      signal?.addEventListener('abort', leave, { once: true })
      return run.answered
    },
  }
}

/** Rules become conditions, and so a part of the key: another rule, another answer. */
function withRules(query: CachedQuery, projects: Pick<Projects, 'byId'>): RuledQuery {
  const rules = (projects.byId(query.project)?.exclude ?? []).map(({ condition }) => negate(condition))
  if (rules.length === 0) return query
  return query.type === 'overview'
    ? { ...query, where: rules }
    : { ...query, where: [...(query.where ?? []), ...rules] }
}

const workOut = (store: Pick<Store, 'query'>, query: RuledQuery): Promise<CachedAnswer> =>
  query.type === 'overview' && 'where' in query ? countOverview(store, query) : store.query(query)

/** Undefined for what this service cannot have written: a kv is shared, and values may be cut. */
function parseKept(text: string): Kept | undefined {
  try {
    const { mark, at, answer } = JSON.parse(text) as Partial<Kept>
    const isWhole = typeof mark === 'string' && typeof at === 'number' && typeof answer === 'object' && answer !== null
    return isWhole ? { mark, at, answer } : undefined
  } catch {
    return undefined
  }
}

/** Which of its columns are over is a matter of the hour. */
const isTimeless = ({ type }: RuledQuery): boolean => type !== 'retention'

const named = (key: string, { mark, at, answer }: Kept): Answered => ({
  answer,
  tag: createHash('sha256')
    .update(JSON.stringify([key, mark, at]))
    .digest('base64url')
    .slice(0, 22),
})
