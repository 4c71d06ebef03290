// One run of one client: node client.js SCENARIO, a JSON object, see run.ts. Prints what it cost.
// JavaScript, so that taking types out is not measured.
import { createRequire } from 'node:module'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'

const { sdk, url, vendors, events, perSecond } = JSON.parse(process.argv[2] ?? '{}')

/** Events of about 300 bytes: 1,000 people, six properties, one of them the number that the sink counts. */
const propertiesOf = (number) => ({
  number,
  plan: number % 3 === 0 ? 'pro' : 'free',
  path: `/products/${number % 500}`,
  price: (number % 10_000) / 100,
  currency: 'EUR',
  referrer: 'https://search.example/results?q=tents',
})

const load = async (name) => import(pathToFileURL(createRequire(`${vendors}/package.json`).resolve(name)).href)

const clients = {
  async trailstitch() {
    const { createNodeAnalytics } = await import('@trailstitch/sdk/node')
    const client = createNodeAnalytics({ writeKey: 'wk_bench', endpoint: url })
    return {
      track: (userId, event, properties) => client.track({ userId, event, properties }),
      close: () => client.close({ timeoutMs: 60_000 }),
    }
  },
  async 'posthog-node'() {
    const { PostHog } = await load('posthog-node')
    // With its own limit of 10,000 it drops four of five events of the burst.
    const client = new PostHog('wk_bench', { host: url, maxQueueSize: 100_000 })
    return {
      track: (distinctId, event, properties) => client.capture({ distinctId, event, properties }),
      close: () => client.shutdown(60_000),
    }
  },
  async '@segment/analytics-node'() {
    const { Analytics } = await load('@segment/analytics-node')
    const client = new Analytics({ writeKey: 'wk_bench', host: url })
    return {
      track: (userId, event, properties) => client.track({ userId, event, properties }),
      close: () => client.closeAndFlush({ timeout: 60_000 }),
    }
  },
}

const client = await clients[sdk]()
const track = (number) => client.track(`user-${number % 1_000}`, 'Product Viewed', propertiesOf(number))
const startedAt = performance.now()
for (let sent = 0; sent < events; ) {
  const due = perSecond ? Math.min(events, Math.floor((perSecond * (performance.now() - startedAt)) / 1_000)) : events
  for (; sent < due; sent++) track(sent)
  if (sent < events) await sleep(10)
}
await client.close()
const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage()
console.log(
  JSON.stringify({
    cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
    megabytes: (maxRSS * 1024) / 1e6,
    ms: performance.now() - startedAt,
  }),
)
process.exit()
