import { collectorBench } from './collector/bench.ts'
import { collectorSqsBench } from './collector/sqs.ts'
import { costBench } from './cost/bench.ts'
import { dashboardBench } from './dashboard/bench.ts'
import { journeyBench } from './journey/bench.ts'
import type { Bench } from './lib/result.ts'
import { processorBench } from './processor/bench.ts'
import { mongodbBench } from './processor/mongodb.ts'
import { queriesBench } from './queries/bench.ts'
import { sdkBrowserBench } from './sdk-browser/bench.ts'
import { sdkNodeBench } from './sdk-node/bench.ts'
import { latencyBench } from './service/latency.ts'
import { memoryBench } from './service/memory.ts'
import { billBench } from './sqs/bill.ts'

/** All there are, in the order of the docs page. What follows from others stands after them. */
export const benches: Readonly<Record<string, Bench>> = Object.freeze({
  collector: collectorBench,
  'collector-sqs': collectorSqsBench,
  processor: processorBench,
  mongodb: mongodbBench,
  'sqs-bill': billBench,
  cost: costBench,
  journey: journeyBench,
  queries: queriesBench,
  latency: latencyBench,
  memory: memoryBench,
  dashboard: dashboardBench,
  'sdk-browser': sdkBrowserBench,
  'sdk-node': sdkNodeBench,
})
