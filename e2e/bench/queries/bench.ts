import type { AnalysisQuery } from '@trailstitch/protocol'
import { type Bench, type BenchOptions, createRow, type Goal, type Row } from '../lib/result.ts'
import { median, quantile } from '../lib/statistics.ts'
import { type Service, startService } from '../service/service.ts'
import { days, endAt, fillStore, project, startAt } from './fill.ts'

const dayMs = 86_400_000

export const queriesBench: Bench = {
  title: 'Questions over 10 million events',
  how: [
    'A store of 10,000,000 events of a shop over 366 days, 27,322 a day, about 1,190,000 visits, written by the processor; `trailstitch start` over it, asked through HTTP by this process, one question at a time.',
    '"Warm": the same question again, from what the service keeps. "Cold": a question that was not asked before, each of another range, so no answer is kept for it; the file is in the memory of the system as far as that keeps it, and the service has answered others.',
    'People are exact in all answers of this store: `meta.exact` is checked. "One dimension" is a range of 1 to 366 days and a breakdown of people by one value, asked as an overview; the answer holds all dimensions.',
    'Funnel: five steps, ordered, a window of 7 days, over a range with 1,000,000 events. Retention: by day over all 366 days and 31 periods, of the 100,000 people or so who ordered something with one of four systems; nothing is worked out before, so all 10,000,000 events are looked at.',
    'Where the slowest answers come from: people of a range take longer the longer it is, about 150 ms for half a year and 270 for a year, as people of months are counted once a value of each dimension, and each hour is told. Of retention, the first question after a start takes 0.7 s, as the reader learns then who is whom, and later ones 0.4.',
    'Journey: the first page of 50 events of one person after the other.',
  ],
  run: runQueries,
}

/** One figure: how long an answer takes. */
interface Question {
  what: string
  goal?: Goal
  /** Default: all rounds. */
  atMost?: number
  ask(round: number): Promise<void>
}

async function runQueries({ quick, progress }: BenchOptions): Promise<Row[]> {
  const size = quick ? { events: 200_000, rounds: 5 } : { events: 10_000_000, rounds: 30 }
  const folder = await fillStore(size.events, progress)
  const service = await startService(folder)
  const rows: Row[] = []
  try {
    for (const { what, goal, atMost = size.rounds, ask } of await createQuestions(service, size)) {
      progress.show(`queries: ${what}`)
      const timesMs: number[] = []
      for (let round = 0; round < Math.min(atMost, size.rounds); round++) {
        const start = performance.now()
        await ask(round)
        timesMs.push(performance.now() - start)
      }
      rows.push(
        createRow({ what: `${what}, p95`, value: quantile(timesMs, 0.95), unit: 'ms', ...(goal && { goal }) }),
        createRow({ what: `${what}, p50`, value: median(timesMs), unit: 'ms' }),
      )
    }
    return rows
  } finally {
    await service.stop()
  }
}

interface Answer {
  meta: { exact: boolean }
}

const overviewSearch = (from: number, to: number): URLSearchParams =>
  new URLSearchParams({
    project,
    from: new Date(Math.round(from)).toISOString(),
    to: new Date(Math.round(to)).toISOString(),
  })

async function createQuestions(
  service: Service,
  { events, rounds }: { events: number; rounds: number },
): Promise<Question[]> {
  const check = ({ meta }: Answer): void => {
    if (!meta.exact) throw new Error('people were estimated')
  }
  const overview = async (from: number, to: number): Promise<void> =>
    check((await service.read<Answer>(`/overview?${overviewSearch(from, to)}`)) as Answer)
  const ask = async (query: AnalysisQuery): Promise<void> => check(await service.ask<Answer>(query))
  /** So long, up to some days before the end. */
  const range = (lengthMs: number, daysBefore: number) => {
    const to = endAt - daysBefore * dayMs
    return { project, from: Math.round(Math.max(startAt, to - lengthMs)), to }
  }
  const people = await service.read<{ items: { profileId: string }[] }>(`/people?project=${project}&limit=${rounds}`)
  return [
    {
      what: 'overview of 30 days, cold',
      goal: { atMost: 300 },
      ask: (round) => overview(endAt - (31 + round) * dayMs, endAt - (1 + round) * dayMs),
    },
    {
      what: 'overview of 30 days, warm',
      goal: { atMost: 100 },
      ask: () => overview(endAt - 31 * dayMs, endAt - dayMs),
    },
    {
      what: 'people of a range, by each dimension, cold',
      goal: { atMost: 150 },
      ask(round) {
        // From 1 to 366 days long, and from anywhere.
        const length = dayMs * (1 + (365 * round) / Math.max(1, rounds - 1))
        const from = startAt + ((endAt - startAt - length) * ((round * 7) % rounds)) / rounds
        return overview(from, from + length)
      },
    },
    {
      what: 'people by day of 30 days, event by event',
      ask: (round) =>
        ask({ ...range(30 * dayMs, round), type: 'trend', interval: 'day', series: [{ measure: 'people' }] }),
    },
    {
      what: 'funnel of 5 steps over 1,000,000 events',
      goal: { atMost: 1_000 },
      atMost: 10,
      ask: (round) => ask({ ...range((1_000_000 / events) * days * dayMs, round), type: 'funnel', steps: funnelSteps }),
    },
    {
      what: 'retention of 100,000 people, 366 days by 31 periods',
      goal: { atMost: 500 },
      atMost: 10,
      ask: (round) =>
        ask({
          ...range(days * dayMs - round, 0),
          ...{ type: 'retention', start: { event: 'Order Completed' }, return: {} },
          ...{ unit: 'day', periods: 31, cohort: 'range' },
          where: [{ field: 'os', operator: 'is', values: ['Android'] }],
        }),
    },
    {
      what: 'first page of a journey',
      goal: { atMost: 50 },
      async ask(round) {
        const { profileId } = people?.items[round] ?? { profileId: '' }
        await service.read(`/people/${profileId}/journey?project=${project}&limit=50`)
      },
    },
  ]
}

const funnelSteps = ['page', 'Product Viewed', 'Product Added', 'Checkout Started', 'Order Completed'].map((event) => ({
  event,
}))
