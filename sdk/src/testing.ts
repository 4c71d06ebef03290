import { readCall } from './browser/record.ts'
import { safely } from './lib/safely.ts'
import type { Analytics, AnyEvents, CallName, EventMap, EventOptions, Id, Properties } from './types.ts'

/** A call, with its arguments by their names. */
export interface RecordedCall {
  type: CallName
  event?: string
  name?: string
  category?: string
  properties?: Properties
  traits?: Properties
  groupId?: Id
  previousId?: Id
  /** The user it was made for: the one it names, or who was identified before. */
  userId?: Id
  anonymousId: Id
  options?: EventOptions
}

type CallFields = { type: CallName } & { [Field in keyof RecordedCall]?: RecordedCall[Field] | undefined }

export interface TestAnalytics<Events extends EventMap<Events> = AnyEvents> extends Analytics<Events> {
  /** What was called, in order. */
  calls: RecordedCall[]
  /** Names of the `track` calls, in order. */
  tracked(): string[]
  /** Forgets calls and listeners, and who the person is. */
  clear(): void
}

/** A client in memory for your own tests. It needs no page, sends nothing and runs no plugins. */
export function createTestAnalytics<Events extends EventMap<Events> = AnyEvents>(): TestAnalytics<Events> {
  const calls: RecordedCall[] = []
  const listeners: Parameters<Analytics['on']>[] = []
  let userId: Id | undefined
  let visitors = 1
  let anonymousId: Id = 'visitor-1'
  let isClosed = false
  const renew = (): void => {
    userId = undefined
    anonymousId = `visitor-${++visitors}`
  }
  const note = (call: CallFields, given: unknown[]): void => {
    const { options } = call
    // As the real client writes it: what is no JSON is no event.
    const text = safely(JSON.stringify)({ userId, anonymousId, ...call, ...options, options })
    if (isClosed || !text) return
    calls.push(JSON.parse(text) as RecordedCall)
    for (const [type, listener] of listeners) if (type === call.type) safely(listener)(...given)
  }
  const view =
    (type: 'page' | 'screen') =>
    (...given: unknown[]): void => {
      const [words, properties, options] = readCall(given)
      const [category, name] = words.length > 1 ? words : [undefined, words[0]]
      const text = (word: unknown): string | undefined => (word == null ? undefined : `${word}`)
      note({ type, category: text(category), name: text(name), properties, options }, given)
    }
  const analytics = {
    calls,
    tracked: () => calls.flatMap(({ type, event }) => (type === 'track' && event !== undefined ? [event] : [])),
    clear() {
      calls.length = listeners.length = 0
      renew()
    },
    track: (event: string, properties?: Properties, options?: EventOptions) =>
      note({ type: 'track', event, properties, options }, [event, properties, options]),
    page: view('page'),
    screen: view('screen'),
    identify(...given: unknown[]) {
      const [[id], traits, options] = readCall(given)
      if (!isClosed && id != null) userId = `${id}`
      note({ type: 'identify', ...(id != null && { userId: id as Id }), traits, options }, given)
    },
    group: (groupId: Id, traits?: Properties, options?: EventOptions) =>
      note({ type: 'group', groupId, traits, options }, [groupId, traits, options]),
    alias: (id: Id, previousId: Id = userId ?? anonymousId, options?: EventOptions) =>
      note({ type: 'alias', previousId, options, userId: id }, [id, previousId, options]),
    reset() {
      note({ type: 'reset' }, [])
      renew()
    },
    flush: async () => {},
    anonymousId: () => `${anonymousId}`,
    setAnonymousId(id: Id) {
      anonymousId = id
    },
    on: (...listener: Parameters<Analytics['on']>) => void listeners.push(listener),
    ready: (callback: () => void) => void Promise.resolve().then(safely(callback)),
    close() {
      isClosed = true
    },
  }
  return analytics as unknown as TestAnalytics<Events>
}
