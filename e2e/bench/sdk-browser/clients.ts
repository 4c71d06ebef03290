/** A client as the benchmark uses it: pieces of JavaScript, out of which modules for the bundler are made. */
export interface Client {
  /** Names its column. */
  name: string
  /** The package, for its version; ours has none here. */
  vendor?: string
  imports: string
  /** Statements that start it; `endpoint` is a variable, the origin that events go to. Defaults but for addresses. */
  start: string
  /** A statement that tracks `event` with `properties`, both variables. */
  track: string
  /** A statement that identifies the user `u1` by `email`, a variable. */
  identify: string
}

/** Ours without any plugin. */
export const core: Client = {
  name: 'trailstitch core',
  imports: `import { createAnalytics } from '@trailstitch/sdk'`,
  start: `const client = createAnalytics({ writeKey: 'wk-browser', endpoint })`,
  track: 'client.track(event, properties)',
  identify: `client.identify('u1', { email })`,
}

/** Ours as the script tag has it. */
export const withPageViews: Client = {
  ...core,
  name: 'trailstitch',
  imports: `${core.imports}\nimport { pageViews } from '@trailstitch/sdk/plugins'`,
  start: `const client = createAnalytics({ writeKey: 'wk-browser', endpoint, plugins: [pageViews()] })`,
}

export const vendors: readonly Client[] = [
  {
    name: 'posthog-js',
    vendor: 'posthog-js',
    imports: `import posthog from 'posthog-js'`,
    // Without the last option it sends nothing from a browser that is driven by a program.
    start: `posthog.init('phc_bench', { api_host: endpoint, opt_out_useragent_filter: true })`,
    track: 'posthog.capture(event, properties)',
    identify: `posthog.identify('u1', { email })`,
  },
  {
    name: 'segment',
    vendor: '@segment/analytics-next',
    imports: `import { AnalyticsBrowser } from '@segment/analytics-next'`,
    start: `const apiHost = endpoint.replace('http://', '') + '/v1'
const client = AnalyticsBrowser.load(
  { writeKey: 'bench', cdnURL: endpoint },
  { integrations: { 'Segment.io': { apiHost, protocol: 'http' } } },
)`,
    track: 'client.track(event, properties)',
    identify: `client.identify('u1', { email })`,
  },
  {
    name: 'openpanel',
    vendor: '@openpanel/web',
    imports: `import { OpenPanel } from '@openpanel/web'`,
    start: `const client = new OpenPanel({ clientId: 'bench', apiUrl: endpoint })`,
    track: 'client.track(event, properties)',
    identify: `client.identify({ profileId: 'u1', email })`,
  },
  {
    name: 'snowplow',
    vendor: '@snowplow/browser-tracker',
    imports: `import { newTracker, setUserId, trackSelfDescribingEvent } from '@snowplow/browser-tracker'`,
    start: `newTracker('bench', endpoint, { appId: 'bench' })`,
    track: `trackSelfDescribingEvent({
  event: { schema: 'iglu:com.example/' + event.replaceAll(' ', '_') + '/jsonschema/1-0-0', data: properties },
})`,
    identify: `setUserId('u1')`,
  },
]
