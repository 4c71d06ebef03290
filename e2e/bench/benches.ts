import { collectorBench } from './collector/bench.ts'
import { collectorSqsBench } from './collector/sqs.ts'
import { journeyBench } from './journey/bench.ts'
import type { Bench } from './lib/result.ts'
import { processorBench } from './processor/bench.ts'
import { mongodbBench } from './processor/mongodb.ts'
import { latencyBench } from './service/latency.ts'
import { memoryBench } from './service/memory.ts'

/** All there are, in the order of the docs page. */
export const benches: Readonly<Record<string, Bench>> = Object.freeze({
  collector: collectorBench,
  'collector-sqs': collectorSqsBench,
  processor: processorBench,
  mongodb: mongodbBench,
  journey: journeyBench,
  latency: latencyBench,
  memory: memoryBench,
})
