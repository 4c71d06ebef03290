import type { Log, Store } from '@trailstitch/backends'
import { type ApiError, toApiError } from './errors.ts'
import type { Timer } from './options.ts'
import { toEvent } from './wire.ts'

export const pollMs = 250
export const heartbeatMs = 15_000
/** Longest pause between polls while the store fails. */
const maxPauseMs = 10_000
/** Events of one poll. What came beyond it between two polls is left out: the newest are shown. */
const maxItems = 200

/** A stream to one listener. */
export interface Sink {
  /** Sends text; the sink itself goes away when its buffer is full, and then leaves. */
  write(text: string): void
  end(): void
}

export interface LiveHub {
  /** Starts to send; undefined when too many listen already. The answer ends it. `after`: a cursor of an earlier message. */
  join(project: string, after: string | undefined, sink: Sink): (() => void) | undefined
  listeners(): number
  /** Ends every stream. */
  close(): void
}

interface Member {
  sink: Sink
  after: string | undefined
  /** What this member was sent as it came in, until the shared loop is past it; undefined when it is in step. */
  caughtUp?: Set<string>
  joined: boolean
}

interface Channel {
  project: string
  cursor: string | undefined
  members: Set<Member>
  failures: number
  stop(): void
}

type LiveAnswer = Awaited<ReturnType<typeof askLive>>

/** One server-sent message. `data` is one line, as JSON has no line breaks of its own. */
const message = (event: string, data: object, id?: string) =>
  `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`

/**
 * Streams of stored events. The store is polled while somebody listens, by one loop per project that all listeners share.
 * Each message `events` holds `{ items, cursor }` as GET /live answers, and its id is the cursor to go on from.
 */
export function createLiveHub(options: {
  store: Pick<Store, 'query'>
  timer: Timer
  log: Log
  /** Default 200, over all projects. */
  maxListeners?: number
}): LiveHub {
  const { store, timer, log, maxListeners = 200 } = options
  const channels = new Map<string, Channel>()
  const countListeners = () => [...channels.values()].reduce((sum, { members }) => sum + members.size, 0)

  function open(project: string): Channel {
    let cancelPoll = () => {}
    let cancelBeat = () => {}
    let open = true
    const channel: Channel = {
      project,
      cursor: undefined,
      members: new Set(),
      failures: 0,
      stop() {
        open = false
        cancelPoll()
        cancelBeat()
        channels.delete(project)
      },
    }
    const poll = async () => {
      await pollOnce(store, log, channel)
      // Everybody may have left while the store was asked.
      const pauseMs = Math.min(maxPauseMs, pollMs * 2 ** Math.min(channel.failures, 10))
      if (open) cancelPoll = timer.after(pauseMs, () => void poll())
    }
    const beat = () => {
      for (const { sink } of channel.members) sink.write(': alive\n\n')
      if (open) cancelBeat = timer.after(heartbeatMs, beat)
    }
    cancelPoll = timer.after(0, () => void poll())
    cancelBeat = timer.after(heartbeatMs, beat)
    channels.set(project, channel)
    return channel
  }

  return {
    join(project, after, sink) {
      if (countListeners() >= maxListeners) return undefined
      const channel = channels.get(project) ?? open(project)
      const member: Member = { sink, after, joined: false }
      channel.members.add(member)
      return () => {
        if (channel.members.delete(member) && channel.members.size === 0) channel.stop()
      }
    },
    listeners: countListeners,
    close() {
      for (const channel of [...channels.values()]) {
        channel.stop()
        for (const { sink } of channel.members) sink.end()
        channel.members.clear()
      }
    },
  }
}

/** One turn: news for those in step, then those who came since the last turn are brought up to now. Never rejects. */
async function pollOnce(store: Pick<Store, 'query'>, log: Log, channel: Channel): Promise<void> {
  try {
    const inStep = [...channel.members].filter((member) => member.joined)
    if (inStep.length > 0) sendNews(channel, inStep, await askLive(store, channel.project, channel.cursor))
    for (const member of [...channel.members].filter(({ joined }) => !joined)) await bringIn(store, channel, member)
    channel.failures = 0
  } catch (error) {
    const known = toApiError(error)
    if (channel.failures++ === 0) log.warn({ err: error, project: channel.project }, 'the live feed cannot be read')
    for (const { sink } of channel.members) sink.write(failure(known))
  }
}

async function bringIn(store: Pick<Store, 'query'>, channel: Channel, member: Member): Promise<void> {
  try {
    const answer = await askLive(store, channel.project, member.after)
    // The loop may be behind this answer: what it brings next is partly known here already.
    if ([...channel.members].some(({ joined }) => joined)) member.caughtUp = idsOf(answer)
    else channel.cursor = answer.cursor
    member.joined = true
    member.sink.write(message('events', answer, answer.cursor))
  } catch (error) {
    const known = toApiError(error)
    if (known.status >= 500) throw error
    // A cursor that went bad is this listener's trouble alone.
    channel.members.delete(member)
    if (channel.members.size === 0) channel.stop()
    member.sink.write(failure(known))
    member.sink.end()
  }
}

const idsOf = (answer: LiveAnswer) => new Set(answer.items.map((item) => item.messageId))
const failure = ({ code, message: text }: ApiError) => message('failure', { code, message: text })

function sendNews(channel: Channel, members: readonly Member[], answer: LiveAnswer): void {
  channel.cursor = answer.cursor
  // One text for all: the cost of a listener is its socket.
  const text = answer.items.length > 0 ? message('events', answer, answer.cursor) : ''
  for (const member of members) {
    const { caughtUp } = member
    delete member.caughtUp
    const items = caughtUp ? answer.items.filter((item) => !caughtUp.has(item.messageId)) : answer.items
    if (items.length === 0) continue
    member.sink.write(
      items.length === answer.items.length ? text : message('events', { ...answer, items }, answer.cursor),
    )
  }
}

async function askLive(store: Pick<Store, 'query'>, project: string, after: string | undefined) {
  const query = { type: 'live' as const, project, limit: maxItems }
  const answer = await store.query(after === undefined ? query : { ...query, after })
  return { items: answer.items.map(toEvent), cursor: answer.cursor }
}
