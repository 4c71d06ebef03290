import { type BenchOptions, createRow, type Goal, type Measured, type Row } from '../lib/result.ts'
import { median } from '../lib/statistics.ts'
import { installVendors } from '../lib/vendors.ts'
import { startWorker, type Worker } from '../lib/worker.ts'
import { type Outcome, runScenario, type Scenario, type SdkName } from './run.ts'
import type { Count, SinkRequest } from './sink.ts'

const ours: SdkName = 'trailstitch'
const others: SdkName[] = ['posthog-node', '@segment/analytics-node']
const rounds = 3

/** What is read of an outcome, and what it is held to. */
interface Figure {
  what: string
  unit: string
  of: (outcome: Outcome) => number
  goal?: Goal
}

const lost: Figure = { what: 'lost', unit: 'events', of: (outcome) => outcome.lost, goal: { atMost: 0 } }
const repeated: Figure = { what: 'sent twice after they were taken', unit: 'events', of: (outcome) => outcome.repeated }
const cpu = (atMost: number): Figure => ({
  what: 'CPU of the process',
  unit: 's',
  of: (outcome) => outcome.cpuSeconds,
  goal: { atMost },
})
const memory = (atMost: number): Figure => ({
  what: 'memory at most',
  unit: 'MB',
  of: (outcome) => outcome.megabytes,
  goal: { atMost },
})
const requests = (goal?: Goal): Figure => ({
  what: 'requests',
  unit: 'requests',
  of: (outcome) => outcome.requests,
  ...(goal && { goal }),
})
const plain: Figure = {
  what: 'requests without gzip',
  unit: 'requests',
  of: ({ requests, gzipped }) => requests - gzipped,
  goal: { atMost: 0 },
}
const intoOutage: Figure = {
  what: 'requests into the outage',
  unit: 'requests',
  of: (outcome) => outcome.faulty,
  goal: { atMost: 4 },
}
const early: Figure = {
  what: 'requests before the Retry-After',
  unit: 'requests',
  of: (outcome) => outcome.early,
  goal: { atMost: 0 },
}

interface Part {
  scenario: Scenario
  figures: Figure[]
  /** Whether the clients of others are put through it, too. */
  isCompared: boolean
}

const load: Part[] = [
  {
    scenario: { name: 'burst of 50,000', events: 50_000 },
    figures: [cpu(0.5), memory(160), requests({ atMost: 110 }), plain, lost],
    isCompared: true,
  },
  {
    scenario: { name: '5,000/s for 10 s', events: 50_000, perSecond: 5_000 },
    figures: [cpu(0.9), memory(100), requests(), plain, lost],
    isCompared: true,
  },
]
const outage = { events: 10_000, perSecond: 400, faultMs: 8_000 } as const
const outages: Part[] = [
  {
    scenario: { name: '503 for 8 s', fault: '503', ...outage },
    figures: [intoOutage, lost, repeated],
    isCompared: true,
  },
  {
    scenario: { name: '429 with Retry-After: 5 for 8 s', fault: '429', ...outage },
    figures: [intoOutage, early, lost],
    isCompared: true,
  },
  { scenario: { name: 'resets for 8 s', fault: 'reset', ...outage }, figures: [intoOutage, lost], isCompared: false },
  {
    scenario: { name: '503 for 8 s, closed after 5', fault: '503', events: 10_000, perSecond: 2_000, faultMs: 8_000 },
    figures: [intoOutage, lost],
    isCompared: false,
  },
]

export const sdkNodeBench: Measured = {
  title: 'The client on Node',
  how: [
    'Each run is a process of its own with the built client, from its start to its end: CPU is user and system time of all its threads, memory the most that was resident (1 MB = 10^6 bytes). A server in another process unpacks, counts the events by a number in them, and fails when it is told to.',
    'Events of about 300 bytes: 1,000 people, six properties. "Burst" is one loop, then `close`; the others send at a steady pace, then `close`.',
    'All settings are those that come with each client, but that `posthog-node` may hold 100,000 events: with its own limit it loses four of five events of the burst.',
    `Clients take turns; figures are medians over ${rounds} rounds, for outages the worst of ${rounds}.`,
  ],
  async run(options) {
    const vendors = await installVendors('sdk-node-bench', new URL('./vendors/package.json', import.meta.url))
    const sink = startWorker<SinkRequest, Count>(new URL('./sink.ts', import.meta.url), [])
    try {
      const rows: Row[] = []
      for (const part of [...load, ...outages]) rows.push(...(await runPart(sink, part, vendors, options)))
      return rows
    } finally {
      await sink.stop()
    }
  },
}

async function runPart(
  sink: Worker<SinkRequest, Count>,
  { scenario, figures, isCompared }: Part,
  vendors: string | undefined,
  { quick, progress }: BenchOptions,
): Promise<Row[]> {
  const sdks = vendors && isCompared ? [ours, ...others] : [ours]
  const outcomes = new Map<SdkName, Outcome[]>()
  for (let round = 0; round < (quick ? 1 : rounds); round++) {
    for (const sdk of sdks) {
      // What others do in an outage is shown, not measured well.
      if (scenario.fault && sdk !== ours && round > 0) continue
      progress.show(`${scenario.name}: ${sdk}, round ${round + 1}`)
      const given = quick ? { ...scenario, events: scenario.events / 5 } : scenario
      outcomes.set(sdk, [...(outcomes.get(sdk) ?? []), await runScenario(sink, sdk, given, vendors)])
    }
  }
  return figures.map(({ what, unit, of, goal }) => {
    const read = (sdk: SdkName): number => {
      const values = (outcomes.get(sdk) ?? []).map(of)
      return scenario.fault ? Math.max(...values) : median(values)
    }
    const beside = Object.fromEntries(sdks.slice(1).map((sdk) => [sdk, read(sdk)]))
    return createRow({ what: `${scenario.name}: ${what}`, value: read(ours), unit, beside, ...(goal && { goal }) })
  })
}
