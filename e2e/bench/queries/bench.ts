import type { AnalysisQuery } from '@trailstitch/protocol'
import { type Bench, type BenchOptions, createRow, type Goal, type Row } from '../lib/result.ts'
import { median, quantile } from '../lib/statistics.ts'
import { type Service, startService } from '../service/service.ts'
import { endAt, fillStore, project, startAt } from './fill.ts'

const dayMs = 86_400_000

export const queriesBench: Bench = {
  title: 'Questions over 10 million events',
  how: [
    'A store of 10,000,000 events of a shop over 366 days, 27,322 a day, about 1,190,000 visits, written by the processor; `trailstitch start` over it, asked through HTTP by this process, one question at a time.',
    '"Warm": the same question again, from what the service keeps. "Cold": a question that was not asked before, each of another range, so no answer is kept for it; the file is in the memory of the system as far as that keeps it, and the service has answered others.',
    'People are exact in all answers of this store: `meta.exact` is checked. "One dimension" is a range of 1 to 366 days and a breakdown of people by one value, asked as an overview; the answer holds all dimensions.',
    'Funnel: five steps, ordered, a window of 7 days, over a range with 1,000,000 events. Retention: by day over 366 days and 31 periods, of about 100,000 people.',
    'Journey: the first page of 50 events of one person after the other.',
  ],
  run: runQueries,
}

const retentionPeople = 100_000

async function runQueries({ quick, progress }: BenchOptions): Promise<Row[]> {
  const events = quick ? 200_000 : 10_000_000
  const folder = await fillStore(events, progress)
  const service = await startService(folder)
  const rounds = quick ? 5 : 30
  try {
    const rows: Row[] = []
    const measure = async (
      what: string,
      goal: Goal | undefined,
      ask: (round: number) => Promise<void>,
      count = rounds,
    ) => {
      progress.show(`queries: ${what}`)
      const timesMs: number[] = []
      for (let round = 0; round < count; round++) {
        const start = performance.now()
        await ask(round)
        timesMs.push(performance.now() - start)
      }
      rows.push(createRow({ what: `${what}, p95`, value: quantile(timesMs, 0.95), unit: 'ms', ...(goal && { goal }) }))
      rows.push(createRow({ what: `${what}, p50`, value: median(timesMs), unit: 'ms' }))
    }
    const readers = createReaders(service)
    await readers.overview(endAt - 30 * dayMs, endAt)
    await measure('overview of 30 days, cold', { atMost: 300 }, (round) =>
      readers.overview(endAt - (31 + round) * dayMs, endAt - (1 + round) * dayMs),
    )
    await measure('overview of 30 days, warm', { atMost: 100 }, () => readers.overview(endAt - 30 * dayMs, endAt))
    await measure('people of any range, by each dimension, cold', { atMost: 150 }, (round) => {
      // Whole hours from anywhere, 1 to 366 days long.
      const days = 1 + Math.round((365 * round) / (rounds - 1))
      const from = startAt + ((endAt - startAt - days * dayMs) * ((round * 7) % rounds)) / rounds
      return readers.overview(from, from + days * dayMs)
    })
    await measure(
      'overview of 366 days, cold',
      undefined,
      (round) => readers.overview(startAt + round * 3_600_000, endAt),
      10,
    )
    const million = (1_000_000 / events) * (endAt - startAt)
    await measure('people by day of 30 days, event by event', undefined, (round) =>
      readers.analysis({
        ...range(endAt - (31 + round) * dayMs, endAt - (1 + round) * dayMs),
        ...{ type: 'trend', interval: 'day', series: [{ measure: 'people' }] },
      }),
    )
    await measure(
      'funnel of 5 steps over 1,000,000 events',
      { atMost: 1_000 },
      (round) =>
        readers.analysis({
          ...range(startAt + round * dayMs, startAt + round * dayMs + (quick ? dayMs : million)),
          type: 'funnel',
          steps: ['page', 'Product Viewed', 'Product Added', 'Checkout Started', 'Order Completed'].map((event) => ({
            event,
          })),
        }),
      10,
    )
    await measure('retention, 366 days by 31 periods', { atMost: 500 }, (round) => readers.retention(round), 10)
    progress.show('queries: journeys')
    const people = await readers.people(rounds)
    await measure(
      'first page of a journey',
      { atMost: 50 },
      (round) => readers.journey(people[round] as string),
      people.length,
    )
    return rows
  } finally {
    await service.stop()
  }
}

const range = (from: number, to: number) => ({ project, from: Math.round(from), to: Math.round(to) })

interface Answer {
  meta: { exact: boolean }
}

function createReaders(service: Service) {
  const check = ({ meta }: Answer): void => {
    if (!meta.exact) throw new Error('people were estimated')
  }
  return {
    async overview(from: number, to: number): Promise<void> {
      const search = new URLSearchParams({ project, from: iso(from), to: iso(to) })
      check((await service.read<Answer>(`/overview?${search}`)) as Answer)
    },
    async analysis(query: AnalysisQuery): Promise<void> {
      check(await service.ask<Answer>(query))
    },
    /** Of those who signed in; as many of the shop's systems as come near the wanted number. */
    async retention(round: number): Promise<void> {
      const answer = await service.ask<Answer & { cohorts: { size: number }[] }>({
        ...range(startAt - round, endAt),
        type: 'retention',
        ...{ start: {}, return: {}, unit: 'day', periods: 31, cohort: 'range' },
        where: [{ field: 'os', operator: 'is', values: ['Android'] }],
      })
      check(answer)
      const size = answer.cohorts.reduce((sum, cohort) => sum + cohort.size, 0)
      if (round === 0) console.error(`retention: ${size} people, ${retentionPeople} wanted`)
    },
    async people(count: number): Promise<string[]> {
      const page = await service.read<{ items: { profileId: string }[] }>(`/people?project=${project}&limit=${count}`)
      return (page?.items ?? []).map(({ profileId }) => profileId)
    },
    async journey(profileId: string): Promise<void> {
      await service.read(`/people/${profileId}/journey?project=${project}&limit=50`)
    },
  }
}

const iso = (time: number): string => new Date(Math.round(time)).toISOString()
