import { type Derived, findValue } from '../lib/result.ts'
import { estimate } from './model.ts'
import { sqsPerMillion, volumes } from './prices.ts'

export const costBench: Derived = {
  title: 'What it costs',
  how: [
    'Nothing is measured here. The figures follow from those of the other parts of this page: the collector through SQS, the processor from SQS into MongoDB, the requests that SQS bills, and the sizes of the stores. `npm run bench -- cost` computes them anew.',
    'Events come evenly over the day, in requests of 20. Where they come in smaller requests a queue message holds fewer of them, and SQS costs more in proportion; for peaks, multiply the vCPUs.',
    'vCPUs are what is needed with half of it left free, a core of the machine above taken for a vCPU; each service has one at least. One of each is one place to fail: run two. What MongoDB itself needs is not in here.',
    'S3 holds the overflow, which is empty as a rule. A re-driver looks into it every 5 s all the same, one for all processors where they share a Redis.',
    'Storage is what one month of events adds, as stored, before any replica; that of MongoDB is `dataSize`, before its own compression and without indexes.',
    `SQS: ${sqsPerMillion.toFixed(2)} USD per million requests, list price of standard queues in us-east-1 in 2026, from price pages of third parties; transfer and free tiers are left out. Other prices depend on where and how you run it and are yours to give: \`npm run bench -- cost --price vcpu-hour=USD --price gb-month=USD --price s3-requests=USD\` (the last per million).`,
  ],
  derive: (measured, prices) =>
    volumes.flatMap(({ name, eventsPerDay }) =>
      estimate(
        { name, eventsPerDay },
        {
          unitsPerMillion: findValue(measured, 'sqs-units', name),
          collectorUsPerEvent: findValue(measured, 'collector-cpu'),
          processorUsPerEvent: findValue(measured, 'processor-cpu mongodb'),
          sqliteBytes: findValue(measured, 'store-bytes sqlite'),
          mongodbBytes: findValue(measured, 'store-bytes mongodb'),
        },
        prices,
      ),
    ),
}
