import { openStore, type Store, silentLog } from '@trailstitch/backends'
import type { RetentionQuery, StoredEvent, TrendQuery } from '@trailstitch/protocol'
import { expect, onTestFinished, test } from 'vitest'
import { createFolder } from '../../../backends/test/fixtures/folder.ts'
import { stitchRules } from '../../src/stitch/index.ts'
import { storedEvent } from '../support.ts'
import { chunkOf } from './worlds.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const june = Date.UTC(2026, 5, 1)
const deps = { now: () => june + 10 * dayMs, log: silentLog }

let events = 0
const eventAt = (anonymousId: string, at: number, more: Partial<StoredEvent> = {}): StoredEvent =>
  storedEvent({
    ...{ project: 'p', messageId: `m${++events}`, type: 'track', name: 'Seen', anonymousId, timestamp: at },
    ...{ receivedAt: june, ...more },
  })

/** What a store of segments of so many events answers, and the reference store. */
async function ask(chunks: readonly (readonly StoredEvent[])[], query: object, segmentEvents = 40) {
  const folder = createFolder()
  const file = await openStore(`sqlite:${folder.path}/store.db`, deps, { segmentEvents })
  const oracle = await openStore('memory:', deps)
  onTestFinished(async () => {
    for (const each of [file, oracle]) await each.close()
    folder.remove()
  })
  const answerOf = async (store: Store): Promise<object> => {
    for (const [index, events] of chunks.entries()) await store.append([chunkOf(events, index + 1)])
    for (let rounds = 10; rounds > 0; rounds--) await store.stitch(stitchRules, 1_000)
    const { meta, ...answer } = await store.query({
      ...{ project: 'p', from: june, to: june + 4 * dayMs },
      ...query,
    } as RetentionQuery | TrendQuery)
    return answer
  }
  const expected = await answerOf(oracle)
  expect(await answerOf(file)).toEqual(expected)
  return expected
}

/** Several a day, one after the other, by two visitors, one of whom signs in as somebody else in between. */
const busy = (): StoredEvent[] =>
  ['one', 'two'].flatMap((visitor) =>
    Array.from({ length: 60 }, (_, index) =>
      eventAt(visitor, june + index * 1.5 * hourMs, {
        name: index % 7 === 3 ? 'Bought' : 'Seen',
        ...(visitor === 'two' && { userId: index % 16 < 8 ? 'ada' : 'bob' }),
      }),
    ),
  )

test('people count once in each interval they were there in, also those who share a device', async () => {
  const series = [{ measure: 'people' }, { measure: 'people', event: 'Bought' }]
  expect(await ask([busy()], { type: 'trend', interval: 'day', series })).toMatchObject({
    rows: [
      { points: [3, 3, 3, 3], total: 3 },
      { points: [3, 3, 3, 3], total: 3 },
    ],
  })
  await ask([busy()], { type: 'trend', interval: 'hour', series })
})

test('who comes back is told by interval, from the moment the range begins', async () => {
  for (const cohort of ['range', 'every', 'ever'])
    for (const from of [june, june + 7 * hourMs]) {
      const ways = { type: 'retention', start: { event: 'Bought' }, return: {}, unit: 'day', periods: 3, cohort, from }
      await ask([busy()], ways)
      await ask([busy()], { ...ways, start: {}, mode: 'on_or_after', to: june + 30 * hourMs })
    }
})

test('what came first need not have been first', async () => {
  const late = [[eventAt('one', june + 8 * hourMs)], [eventAt('one', june + 6 * hourMs)]]
  const ways = { type: 'retention', start: {}, return: {}, unit: 'day', periods: 1, cohort: 'ever' }
  const sizes = [{ size: 0 }, { size: 0 }, { size: 0 }, { size: 0 }]
  expect(await ask(late, { ...ways, from: june + 7 * hourMs }, 2)).toMatchObject({ cohorts: sizes })
  expect(await ask(late, { ...ways, to: june + 7 * hourMs }, 2)).toMatchObject({ cohorts: [{ size: 1 }] })
})

test('events count each where events are counted', async () => {
  const answer = await ask([busy()], { type: 'trend', interval: 'day', series: [{ measure: 'events' }] })
  expect(answer).toMatchObject({ rows: [{ total: 120 }] })
})

test('times that are years apart, and more values than a byte tells, are kept to the millisecond', async () => {
  const names = Array.from({ length: 300 }, (_, index) => `Event ${index}`)
  const given = [
    ...names.map((name, index) => eventAt(`v${index}`, june + index, { name })),
    eventAt('old', june - 900 * dayMs - 1, { name: 'Event 7' }),
  ]
  const trend = { type: 'trend', from: june - 900 * dayMs - 1, interval: 'month', breakdown: 'event' }
  const answer = await ask([given], { ...trend, series: [{ measure: 'people' }] }, 301)
  expect(answer).toMatchObject({
    rows: [{ value: 'Event 7', total: 2 }, ...Array(9).fill({ total: 1 }), { total: 290 }],
  })
  const later = await ask([given], { ...trend, from: trend.from + 1, series: [{ measure: 'events' }] }, 301)
  expect(later).toMatchObject({ rows: [...Array(10).fill({ total: 1 }), { total: 290 }] })
})
