// A process that makes events which cannot be delivered, until it is killed: node spilling.ts FOLDER ENDPOINT
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createNodeAnalytics } from '../../src/node.ts'

const [, , folder = '', endpoint = ''] = process.argv
const analytics = createNodeAnalytics(
  { writeKey: 'wk', endpoint, spillFolder: folder, maxQueueBytes: 200_000, requestTimeoutMs: 600_000 },
  {
    now: Date.now,
    random: Math.random,
    setTimer: setTimeout,
    clearTimer: (timer) => clearTimeout(timer as NodeJS.Timeout | undefined),
    fetch: () => new Promise<never>(() => {}),
    gzip: () => undefined,
  },
)

let isSaid = false
for (let number = 0; ; number++) {
  analytics.track({ userId: 'u-1', event: 'Event', properties: { number } })
  if (number % 100 > 0) continue
  await sleep(1)
  if (isSaid || number < 5_000) continue
  isSaid = true
  const digest = readdirSync(folder)[0]
  const files = digest === undefined ? [] : readdirSync(join(folder, digest))
  console.log(files.length)
}
