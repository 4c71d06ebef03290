import { join } from 'node:path'
import { openStore, systemDeps } from '@trailstitch/backends'
import { withFolder } from '../lib/folder.ts'
import { type Bench, type BenchOptions, createRow, type Row } from '../lib/result.ts'
import { median, quantile } from '../lib/statistics.ts'
import { startService } from '../service/service.ts'
import { fillJourney, heroEvents, heroId, project, scattered } from './fill.ts'

const pageSize = 50

export const journeyBench: Bench = {
  title: 'A journey of 100,000 events',
  how: [
    'One person with 100,000 events in 5,950 visits over two years and three devices, among about 281,000 events of others, written by the processor a chunk of 64 events at a time. Pages of 50.',
    'First page: her oldest events. Deep page: from cursors all over the journey. Last pages: her newest 1,000 events, each in a block of its own, so that a page opens 50 blocks; that is the worst there is.',
    '"Store" is `store.query` on a store opened for reading, as the service does it; "HTTP" is `GET /api/v1/people/{profileId}/journey` of a running `trailstitch start`. The kinds of page take turns, so no cache holds the next answer.',
  ],
  run: (options) => withFolder((folder) => runIn(folder, options)),
}

interface Page {
  items: unknown[]
  nextCursor: string | null
}

interface Way {
  name: string
  read(limit: number, cursor?: string): Promise<Page>
}

async function runIn(folder: string, { quick, progress }: BenchOptions): Promise<Row[]> {
  await fillJourney(folder, (done) => progress.show(`journey: ${done} of ${heroEvents} events written`))
  const rounds = quick ? 40 : 200
  const service = await startService(folder)
  const store = await openStore(`sqlite:${join(folder, 'store.db')}`, systemDeps, { readOnly: true })
  try {
    const people = await store.query({ type: 'people', project, search: heroId })
    const profileId = people.items[0]?.profileId
    if (profileId === undefined) throw new Error('the person with the long journey is not there')
    const ways: Way[] = [
      {
        name: 'store',
        read: (limit, cursor) =>
          store.query({ type: 'journey', project, profileId, limit, ...(cursor !== undefined && { cursor }) }),
      },
      {
        name: 'HTTP',
        async read(limit, cursor) {
          const query = new URLSearchParams({ limit: String(limit), ...(cursor !== undefined && { cursor }) })
          const page = await service.read<Page>(`/people/${profileId}/journey?${query}`)
          return page ?? { items: [], nextCursor: null }
        },
      },
    ]
    const rows: Row[] = []
    for (const way of ways) {
      progress.show(`journey: reading through ${way.name}`)
      rows.push(...(await measure(way, rounds)))
    }
    return rows
  } finally {
    await store.close()
    await service.stop()
  }
}

async function measure(way: Way, rounds: number): Promise<Row[]> {
  const { deep, last } = await walk(way)
  const kinds: { name: string; cursorOf(round: number): string | undefined; timesMs: number[] }[] = [
    { name: 'first page', cursorOf: () => undefined, timesMs: [] },
    { name: 'deep page', cursorOf: (round) => deep[(round * 37) % deep.length], timesMs: [] },
    { name: 'last pages', cursorOf: (round) => last[round % last.length], timesMs: [] },
  ]
  for (let round = 0; round < rounds; round++) {
    for (const { cursorOf, timesMs } of kinds) {
      const start = performance.now()
      const { items } = await way.read(pageSize, cursorOf(round))
      timesMs.push(performance.now() - start)
      if (items.length !== pageSize) throw new Error(`a page held ${items.length} events`)
    }
  }
  return kinds.flatMap(({ name, timesMs }) => {
    const what = `journey of 100,000 events, ${name} through ${way.name}`
    return [
      createRow({ what: `${what}, p95`, value: quantile(timesMs, 0.95), unit: 'ms', goal: { atMost: 50 } }),
      createRow({ what: `${what}, p50`, value: median(timesMs), unit: 'ms' }),
    ]
  })
}

/** Reads the whole journey once, which also counts it, and gathers cursors: one each 1,000 events, and those of the end. */
async function walk({ read }: Way): Promise<{ deep: string[]; last: string[] }> {
  const deep: string[] = []
  const last: string[] = []
  let count = 0
  let cursor: string | undefined
  do {
    const isEnd = count >= heroEvents - scattered
    const page: Page = await read(isEnd ? pageSize : 1_000, cursor)
    if (cursor !== undefined) (isEnd ? last : deep).push(cursor)
    count += page.items.length
    cursor = page.nextCursor ?? undefined
  } while (cursor !== undefined)
  if (count !== heroEvents) throw new Error(`the journey holds ${count} events and should hold ${heroEvents}`)
  return { deep, last }
}
