import { silentLog } from '@trailstitch/backends'
import type { AnalysisQuery, TrendAnswer, TrendQuery } from '@trailstitch/protocol'
import { expect, test } from 'vitest'
import { createQueryService } from '../../src/server/query-service.ts'
import { createScriptedStore, start } from './scripted.ts'

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
  const service = createQueryService({ store: { query }, kv: away, deps: { now: () => start, log: silentLog } })
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
  const service = createQueryService({ store: { query }, deps: { now: () => start, log: silentLog } })
  const asked = Array.from({ length: 20 }, (_, place): AnalysisQuery => trend({ from: start - place - 1 }))
  expect((await Promise.allSettled(asked.map((one) => service.ask(one)))).map(({ status }) => status)).toEqual(
    asked.map(() => 'rejected'),
  )
  expect([most, running]).toEqual([4, 0])
})
