import { createRow, type Prices, type Row } from '../lib/result.ts'
import { sqsPerMillion } from './prices.ts'

/** What was measured. */
export interface Measures {
  /** Requests that SQS bills per million events, at the volume's rate. */
  unitsPerMillion: number
  /** CPU time of all threads, microseconds an event. */
  collectorUsPerEvent: number
  processorUsPerEvent: number
  /** Of an event, once stored. */
  sqliteBytes: number
  mongodbBytes: number
}

const daysPerMonth = 30
const secondsPerDay = 86_400
/** Share of a core that is used when all is well. */
const utilisation = 0.5
/** How often a re-driver looks into an empty overflow. */
const overflowLookSeconds = 5

/** What a volume takes, and what that costs as far as prices are known. */
export function estimate(
  { name, eventsPerDay }: { name: string; eventsPerDay: number },
  measures: Measures,
  prices: Prices,
): Row[] {
  const eventsPerSecond = eventsPerDay / secondsPerDay
  const millionsPerMonth = (eventsPerDay * daysPerMonth) / 1_000_000
  const units = measures.unitsPerMillion * (eventsPerDay / 1_000_000)
  const vcpusFor = (usPerEvent: number): number => (eventsPerSecond * usPerEvent) / 1_000_000 / utilisation
  const collectors = vcpusFor(measures.collectorUsPerEvent)
  const processors = vcpusFor(measures.processorUsPerEvent)
  const vcpus = Math.ceil(collectors) + Math.ceil(processors)
  const looks = secondsPerDay / overflowLookSeconds
  const gigabytes = (bytes: number): number => (bytes * millionsPerMonth * 1_000_000) / 1e9
  const row = (what: string, value: number, unit: string): Row => createRow({ at: name, what, value, unit })
  const priced = (what: string, price: string, amount: number): Row[] =>
    prices[price] === undefined ? [] : [row(what, amount * prices[price], 'USD')]

  return [
    row('mean rate', eventsPerSecond, 'events/s'),
    row('SQS: requests billed a day', units, 'requests'),
    row('SQS: a month', (units * daysPerMonth * sqsPerMillion) / 1_000_000, 'USD'),
    row('SQS: per million events', (measures.unitsPerMillion * sqsPerMillion) / 1_000_000, 'USD'),
    row('S3: requests a day', looks, 'requests'),
    ...priced('S3: a month', 's3-requests', (looks * daysPerMonth) / 1_000_000),
    row('collectors: half used', collectors, 'vCPU'),
    row('processors: half used', processors, 'vCPU'),
    row('whole vCPUs of both', vcpus, 'vCPU'),
    ...priced('vCPUs: a month', 'vcpu-hour', vcpus * 24 * daysPerMonth),
    row('SQLite: a month of events', gigabytes(measures.sqliteBytes), 'GB'),
    row('MongoDB: a month of events', gigabytes(measures.mongodbBytes), 'GB'),
    ...priced('MongoDB: keeping a month of events', 'gb-month', gigabytes(measures.mongodbBytes)),
  ]
}
