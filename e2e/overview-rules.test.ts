import { openStore, type Store, silentLog } from '@trailstitch/backends'
import { apiPlugin } from '@trailstitch/dashboard'
import { stitchRules } from '@trailstitch/processor'
import { type Condition, createProjects, type OverviewAnswer, type TrendAnswer } from '@trailstitch/protocol'
import fc from 'fast-check'
import Fastify from 'fastify'
import { expect, test } from 'vitest'
import { createOptions, token } from '../dashboard/test/server/scripted.ts'
import { runs } from '../processor/test/stitch/generate.ts'
import { arbitraryChunks } from '../processor/test/stitch/generate-queries.ts'
import { noon } from '../processor/test/stitch/worlds.ts'

// An overview of a project with rules is counted from events: it has to say what sums of hours would, and what the page does.

const deps = { now: () => noon, log: silentLog }
const dayMs = 86_400_000
const range = { from: Date.UTC(2025, 11, 31), to: Date.UTC(2026, 0, 5) }
const headers = { authorization: `Bearer ${token}` }

/** Everything happens on some page, as it does in browsers. */
async function fill(chunks: Parameters<Store['append']>[0]): Promise<Store> {
  const store = await openStore('memory:', deps)
  const somewhere = chunks.map(({ events, ...chunk }) => ({
    ...chunk,
    events: events.map((event) => ({ path: '/2', ...event })),
  }))
  await store.append(somewhere)
  for (let behind = 1; behind > 0; ) ({ behind } = await store.stitch(stitchRules, 1_000))
  return store
}

async function openApi(store: Store, condition: Condition) {
  const rule = { id: 'r', name: 'Rule', condition, madeBy: 'operator', madeAt: 0 }
  const projects = createProjects([{ id: 'p', name: 'p', writeKeys: [], exclude: [rule] }])
  const app = Fastify()
  await app.register(apiPlugin, { ...createOptions({}), projects, deps, store })
  return {
    async overview({ top = 1_000, bots = false, from = range.from, to = range.to } = {}) {
      const query = new URLSearchParams({ from: `${from}`, to: `${to}`, top: `${top}`, bots: `${bots}` })
      return (await app.inject({ url: `/api/v1/overview?${query}`, headers })).json()
    },
    async trend(more: object): Promise<TrendAnswer> {
      const payload = { type: 'trend', project: 'p', ...range, interval: 'month', ...more }
      return (await app.inject({ method: 'POST', url: '/api/v1/query', headers, payload })).json()
    },
  }
}

test('where a rule leaves nothing out it is the overview of the sums, but for what tells of whole visits', async () => {
  const nobody: Condition = { field: 'userId', operator: 'is', values: ['nobody'] }
  await fc.assert(
    fc.asyncProperty(arbitraryChunks, fc.boolean(), fc.boolean(), async (chunks, bots, isLong) => {
      const store = await fill(chunks)
      const api = await openApi(store, nobody)
      const asked = { ...range, from: range.from - (isLong ? 40 * dayMs : 0), bots }
      const counted = await api.overview(asked)
      const summed: OverviewAnswer = await store.query({ type: 'overview', project: 'p', ...asked, top: 1_000 })
      const withoutVisits = ({ bounces: _bounces, durationMs: _duration, ...figures }: OverviewAnswer['totals']) =>
        figures
      expect(withoutVisits(counted.totals)).toEqual({
        ...withoutVisits(summed.totals),
        ...{ bounceRate: null, averageDurationMs: null },
      })
      // A visit counts in each hour that it has events in; in the sums, in the one that it begins in.
      const ofEvents = ({ hour, events, pages, people }: OverviewAnswer['hours'][number]) => [
        hour,
        events,
        pages,
        people,
      ]
      const hours = counted.hours.map((row: { hour: string }) =>
        ofEvents({ ...row, hour: Date.parse(row.hour) } as never),
      )
      expect(hours).toEqual(summed.hours.filter(({ events }) => events > 0).map(ofEvents))
      expect([counted.by, counted.botEvents]).toEqual([summed.by, summed.botEvents])
      expect([counted.totals.bounces, counted.totals.durationMs]).toEqual([null, null])
    }),
    { numRuns: Math.ceil(runs / 10) },
  )
})

const ours: Condition = { field: 'properties.plan', operator: 'is', values: ['pro'] }
const pageViews = { where: [{ field: 'type', operator: 'is', values: ['page', 'screen'] }] }

test('with rules it says what the page shows', async () => {
  let left = 0
  await fc.assert(
    fc.asyncProperty(arbitraryChunks, async (chunks) => {
      const store = await fill(chunks)
      const api = await openApi(store, ours)
      const { totals, by } = await api.overview({ top: 10 })
      const series = [{ measure: 'people' }, { measure: 'sessions' }, { measure: 'events', ...pageViews }]
      const page = await api.trend({ series: [...series, { measure: 'events' }] })
      const { people, sessions, pages, events } = totals
      expect([people, sessions, pages, events]).toEqual(page.rows.map(({ total }) => total))
      const all: OverviewAnswer = await store.query({ type: 'overview', project: 'p', ...range })
      left += all.totals.events - events
      for (const [tab, measure, filter] of [
        ['page', 'people', pageViews],
        ['country', 'people', {}],
        ['event', 'people', {}],
        ['channel', 'sessions', {}],
        ['entry', 'sessions', {}],
      ] as const) {
        const breakdown = tab === 'page' ? 'path' : tab
        const panel = await api.trend({ series: [{ measure, ...filter }], breakdown })
        const named = panel.rows.filter(({ value }) => value)
        const told = by[tab].rows.map((row: Record<string, unknown>) => [row.value, row[measure]])
        expect([tab, told.sort()]).toEqual([tab, named.map(({ value, total }) => [value, total]).sort()])
      }
    }),
    { numRuns: Math.ceil(runs / 10) },
  )
  // A rule that never leaves anything out would prove nothing.
  expect(left).toBeGreaterThan(0)
})

test('it takes whole hours, 10,000 of them at most', async () => {
  const api = await openApi(await fill([]), ours)
  const [from, to] = [range.from + 1, range.from + 2]
  expect(await api.overview({ from, to })).toMatchObject({
    from: new Date(range.from).toISOString(),
    to: new Date(range.from + 3_600_000).toISOString(),
    totals: { events: 0, bounceRate: null },
    hours: [],
  })
  expect(await api.overview({ from: range.from, to: range.from + 416 * dayMs })).toMatchObject({ hours: [] })
  const longer = await api.overview({ from: range.from, to: range.from + 417 * dayMs })
  expect([longer.code, longer.message]).toEqual(['invalid_query', expect.stringContaining('at most 10,000 hours')])
})
