/** What must compile and, marked so, what must not: plugins, consent, schemas, React and the client for tests. */
import { createAnalytics, createConsented, type Plugin } from '@trailstitch/sdk'
import { clicks, crossDomain, forms, masks, outbound, scrollDepth, webVitals } from '@trailstitch/sdk/plugins'
import { pageViews } from '@trailstitch/sdk/plugins/page-views'
import { AnalyticsProvider, useAnalytics, usePage, useTrack } from '@trailstitch/sdk/react'
import { type EventsOf, schemas } from '@trailstitch/sdk/schemas'
import { snippet } from '@trailstitch/sdk/snippet'
import { createTestAnalytics } from '@trailstitch/sdk/testing'
import { createElement, type ReactNode } from 'react'
import Type from 'typebox'
import { Compile } from 'typebox/compile'
import * as v from 'valibot'

interface Events {
  'Order Completed': { orderId: string; total: number }
  'Signed Out': Record<string, never>
}
const options = { writeKey: 'wk', endpoint: 'https://t.example' }
declare const isDevelopment: boolean

export function pluginOptions(): void {
  const own: Plugin = ({ analytics, window, writeKey }) => {
    window.addEventListener('online', () => analytics.track('Online', { writeKey }))
    return (event) => (event.type === 'page' ? null : { ...event, messageId: 'm' })
  }
  createAnalytics({ ...options, plugins: [pageViews(), own, isDevelopment && clicks(), undefined] })
  createAnalytics({ ...options, plugins: [webVitals(() => import('web-vitals'))] })
  forms({ fields: ['plan'] })
  outbound({ endings: ['pdf'], inside: ['shop.example'] })
  scrollDepth({ percents: [50] })
  masks({ parameters: ['token'], properties: ['email'], emails: false, hash: true })

  // @ts-expect-error a plugin is made by a call
  createAnalytics({ ...options, plugins: [pageViews] })
  // @ts-expect-error it needs its domains
  crossDomain()
  // @ts-expect-error fields are a list
  forms({ fields: 'plan' })
  // @ts-expect-error an unknown option
  masks({ parameter: ['token'] })
  // @ts-expect-error the library is loaded by a function
  webVitals({})
  // @ts-expect-error a hook answers an event, null or nothing
  const wrong: Plugin = () => () => 'event'
  void wrong
}

export function calls(): void {
  const analytics = createConsented<Events>({ ...options, assumed: true, gpc: false, dnt: true })
  analytics.track('Order Completed', { orderId: '7', total: 12 })
  analytics.optIn()
  analytics.on('track', (...given) => given.length)
  analytics.ready(() => analytics.consent())
  // @ts-expect-error a property of a wrong type
  analytics.track('Order Completed', { orderId: 7, total: 12 })
  // @ts-expect-error only calls can be listened to
  analytics.on('flush', () => {})
  // @ts-expect-error an unknown option
  createConsented({ ...options, gcp: true })
  // @ts-expect-error the plain client has no consent
  createAnalytics(options).optIn()

  const recorded = createTestAnalytics<Events>()
  recorded.track('Signed Out')
  recorded.calls[0]?.properties?.total
  // @ts-expect-error an unknown name
  recorded.track('Signed In')
  snippet({ src: '/sdk/v1.js', writeKey: 'wk' })
  // @ts-expect-error the write key is needed
  snippet({ src: '/sdk/v1.js' })
}

export function schemaEvents(): void {
  const events = {
    'Order Completed': v.object({ orderId: v.string(), total: v.pipe(v.number(), v.minValue(0)) }),
    'Plan Chosen': Compile(Type.Object({ plan: Type.Union([Type.Literal('free'), Type.Literal('pro')]) })),
  }
  const analytics = createAnalytics<EventsOf<typeof events>>({
    ...options,
    plugins: [schemas(events, { onInvalid: 'drop' })],
  })
  analytics.track('Order Completed', { orderId: '7', total: 12 })
  analytics.track('Plan Chosen', { plan: 'pro' })
  // @ts-expect-error a value that the schema does not have
  analytics.track('Plan Chosen', { plan: 'team' })
  // @ts-expect-error a missing property
  analytics.track('Order Completed', { orderId: '7' })
  // @ts-expect-error an event without a schema
  analytics.track('Signed Out')
  // @ts-expect-error what is no schema
  schemas({ 'Order Completed': { orderId: 'string' } })
  // @ts-expect-error an unknown answer to what does not fit
  schemas(events, { onInvalid: 'throw' })
}

export function Shop(): ReactNode {
  const track = useTrack<Events>()
  const analytics = useAnalytics<Events>()
  usePage('Shop', { sale: true })
  track('Order Completed', { orderId: '7', total: 12 })
  // @ts-expect-error a missing property
  track('Order Completed', { orderId: '7' })
  // @ts-expect-error an unknown name
  analytics.track('Order Complete')
  // @ts-expect-error properties are an object
  usePage('Shop', 'sale')
  // @ts-expect-error the client is needed
  createElement(AnalyticsProvider, {})
  return createElement(AnalyticsProvider<Events>, { client: analytics })
}
