// Sends 110,000 events to a server in this process and prints the bytes in use after 10,000 and at the end.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'
import { createNodeAnalytics } from '../../src/node.ts'

let taken = 0
const server = createServer(async (request, response) => {
  const body = await buffer(request)
  const { batch } = JSON.parse((request.headers['content-encoding'] ? gunzipSync(body) : body).toString())
  taken += batch.length
  response.end(JSON.stringify({ success: true, accepted: batch.length, refused: [] }))
})
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))

const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
const analytics = createNodeAnalytics({ writeKey: 'wk', endpoint })

async function send(count: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    const scope = { anonymousId: `a-${index}`, context: { ip: '203.0.113.7' } }
    analytics.runWith(scope, () => analytics.current.track({ event: 'Event', properties: { index } }))
    if (index % 100 === 0) await analytics.ready()
    if (index % 1_000 === 0) await analytics.flush()
  }
  await analytics.flush()
}

/** Heap and buffers. */
async function measure(): Promise<number> {
  for (let round = 0; round < 5; round++) {
    await new Promise((resolve) => setImmediate(resolve))
    globalThis.gc?.()
  }
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

await send(10_000)
const before = await measure()
taken = 0
await send(100_000)
const after = await measure()
console.log(JSON.stringify({ taken, before, after }))
process.exit()
