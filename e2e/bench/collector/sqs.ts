import { join } from 'node:path'
import { withFolder } from '../lib/folder.ts'
import type { Bench } from '../lib/result.ts'
import { startEmulator } from '../sqs/client.ts'
import { busyRow, contestHow, cpuRow, latencyRows, ratioRow } from './bench.ts'
import { loadCore, runContest } from './contest.ts'

const batch = 20
const name = 'collector through SQS, batches of 20'

export const collectorSqsBench: Bench = {
  title: 'Collector: acknowledgement by SQS',
  how: [
    'The same collector over a queue in SQS, each answer sent after `SendMessageBatch` has confirmed its entry, against itself over the SQLite queue.',
    ...contestHow,
    `SQS is fauxqs here, which keeps messages in memory. It shares core ${loadCore} with the load generator; "busy" is what either of them took of that core while the collector with SQS was measured. Together near 1, they are what was measured, and the ratio is too low.`,
    'The two take turns, SQLite, SQS, SQLite, SQS. What lies between a machine and the real SQS is not in these figures: it adds to the time to the ack, and chunks grow meanwhile.',
  ],
  run: (options) =>
    withFolder(async (folder) => {
      const emulator = startEmulator(loadCore)
      try {
        const { queueUrl } = await emulator.ask({})
        const turns = await runContest(
          {
            name,
            batch,
            baseline: { queueUrl: `sqlite:${join(folder, 'queue.db')}` },
            measured: { queueUrl },
            besideMs: async () => (await emulator.ask({})).cpuMs,
          },
          options,
        )
        return [
          ratioRow(name, 'the SQLite queue', { batch, ratio: 0.5 }, turns),
          { ...cpuRow(name, batch, turns), key: 'collector-cpu' },
          ...latencyRows(name, turns),
          busyRow(name, 'generator', ({ measured }) => measured.busy, turns),
          busyRow(name, 'emulator', ({ besideBusy }) => besideBusy, turns),
        ]
      } finally {
        await emulator.stop()
      }
    }),
}
