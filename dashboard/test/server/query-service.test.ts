import { silentLog } from '@trailstitch/backends'
import type { AnalysisQuery, TrendAnswer, TrendQuery } from '@trailstitch/protocol'
import { expect, test } from 'vitest'
import { createQueryService } from '../../src/server/query-service.ts'
import { createManualTimer } from './manual-timer.ts'
import { createScriptedStore, projects, start } from './scripted.ts'

const trend = (more: Partial<TrendQuery> = {}): TrendQuery => ({
  ...{ type: 'trend', project: 'shop', from: start - 86_400_000, to: start + 1, interval: 'day' },
  ...{ series: [{ measure: 'events' }], ...more },
})
const answer: TrendAnswer = {
  ...{ starts: [], rows: [] },
  meta: { computedAt: 0, exact: true, rowsScanned: 0, timeZone: 'UTC' },
}

test('what is asked twice at once is worked out once, and a kv that is away only costs time', async () => {
  const away = { get: () => Promise.reject(new Error('away')), set: () => Promise.reject(new Error('away')) }
  const { asked, query } = createScriptedStore({ trend: () => answer, mark: () => '1' })
  const service = createQueryService({
    store: { query },
    projects,
    kv: away,
    deps: { now: () => start, log: silentLog },
  })
  await Promise.all([service.ask(trend()), service.ask(trend()), service.ask(trend({ bots: true }))])
  expect(asked.filter(({ type }) => type === 'trend')).toHaveLength(2)
  await service.ask(trend())
  expect(asked.filter(({ type }) => type === 'trend')).toHaveLength(3)
})

test('a few questions are worked out at a time, a failure gives its place back', async () => {
  let running = 0
  let most = 0
  const { query } = createScriptedStore({
    async trend(): Promise<TrendAnswer> {
      most = Math.max(most, ++running)
      await new Promise(setImmediate)
      running--
      throw new Error('no')
    },
  })
  const service = createQueryService({ store: { query }, projects, deps: { now: () => start, log: silentLog } })
  const asked = Array.from({ length: 20 }, (_, place): AnalysisQuery => trend({ from: start - place - 1 }))
  expect((await Promise.allSettled(asked.map((one) => service.ask(one)))).map(({ status }) => status)).toEqual(
    asked.map(() => 'rejected'),
  )
  expect([most, running]).toEqual([4, 0])
})

/** A service whose store answers when it is told to, and a kv that is a Map. */
function open() {
  const held: (() => void)[] = []
  const timer = createManualTimer()
  const values = new Map<string, string>()
  const kv = {
    get: async (key: string) => values.get(key),
    set: async (key: string, value: string) => void values.set(key, value),
  }
  const { asked, query } = createScriptedStore({
    trend: () => new Promise((resolve) => held.push(() => resolve(answer))),
    mark: () => '1',
  })
  const service = createQueryService({
    store: { query },
    projects,
    kv,
    deps: { now: () => start, log: silentLog },
    timer,
  })
  const begun = () => asked.filter(({ type }) => type === 'trend').length
  /** Lets go of all that is held, and of what begins then. */
  const release = async (): Promise<void> => {
    for (let next = held.shift(); next; next = held.shift()) {
      next()
      await timer.advance(0)
    }
  }
  return { service, timer, values, begun, release }
}
const others = (count: number): TrendQuery[] =>
  Array.from({ length: count }, (_, place) => trend({ from: start - place - 1 }))
const codeOf = (asked: Promise<unknown>): Promise<unknown> =>
  asked.then(
    () => 'answered',
    ({ code }) => code,
  )

test('a question that has not begun after ten seconds is told that it is busy; those that have are answered', async () => {
  const { service, timer, begun, release } = open()
  const outcomes = others(6).map((one) => codeOf(service.ask(one)))
  await timer.advance(9_999)
  expect([begun(), timer.waiting()]).toEqual([4, 2])
  await timer.advance(1)
  await release()
  expect(await Promise.all(outcomes)).toEqual([...Array(4).fill('answered'), 'busy', 'busy'])
  expect([begun(), timer.waiting()]).toEqual([4, 0])
})

test('a question that all have gone away from gives up its place, one that somebody waits for does not', async () => {
  const { service, timer, begun, release } = open()
  const first = others(4).map((one) => codeOf(service.ask(one)))
  const [lonely, shared] = [new AbortController(), new AbortController()]
  const given = codeOf(service.ask(trend({ bots: true }), lonely.signal))
  const left = codeOf(service.ask(trend({ top: 3 }), shared.signal))
  const stayed = codeOf(service.ask(trend({ top: 3 })))
  await timer.advance(0)
  expect(timer.waiting()).toBe(2)
  lonely.abort()
  shared.abort()
  const again = codeOf(service.ask(trend({ bots: true })))
  await timer.advance(0)
  expect([await given, begun(), timer.waiting()]).toEqual(['busy', 4, 2])
  await release()
  expect(await Promise.all([...first, left, stayed, again])).toEqual(Array(7).fill('answered'))
  expect(begun()).toBe(6)
})

test.each(['', '{', 'null', '7', '{"mark":"1"}', '{"mark":"1","at":0,"answer":null}'])(
  'a value in kv that is no answer is none: %s',
  async (value) => {
    const { service, timer, values, begun, release } = open()
    const ask = async () => {
      const asked = service.ask(trend())
      await timer.advance(0)
      await release()
      return (await asked).answer
    }
    expect(await ask()).toEqual(answer)
    for (const key of values.keys()) values.set(key, value)
    expect([await ask(), begun()]).toEqual([answer, 2])
  },
)
