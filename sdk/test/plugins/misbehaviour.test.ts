import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { BeforeSend, OutgoingEvent, Plugin, PluginContext } from '../../src/index.ts'
import { createBrowser } from '../support/browser.ts'
import { trackedIn } from '../support/dom.ts'

const explode = (): never => {
  throw new Error('from a plugin')
}
const odd = [undefined, 0, '', 'text', true, 7n, Symbol('s'), [], {}, () => {}, new Proxy({}, { get: explode })]

/** What no hook should do, and what of it may change nothing at all. */
const hooks: fc.Arbitrary<BeforeSend> = fc.oneof(
  fc.constant(explode),
  fc.constant(() => Promise.resolve(null)),
  fc.constant(() => new Promise(() => {})),
  fc.constant(() => Promise.reject(new Error('from a plugin'))),
  fc.constantFrom(...odd).map((answer) => () => answer),
  fc.constant((event: OutgoingEvent) => void Object.freeze(event)),
  fc.constant((event: OutgoingEvent) => {
    Object.assign(event, { added: { by: 'a plugin' } })
    explode()
  }),
) as fc.Arbitrary<BeforeSend>

const plugins: fc.Arbitrary<Plugin | false | undefined> = fc.oneof(
  hooks.map((hook) => () => hook),
  fc.constant(explode as Plugin),
  fc.constantFrom(...odd).map((answer) => (() => answer) as unknown as Plugin),
  fc.constantFrom<(false | undefined)[]>(false, undefined),
  fc.constant((async () => explode()) as unknown as Plugin),
  // Takes the client apart.
  fc.constant((({ analytics }: PluginContext) => Object.freeze(analytics)) as unknown as Plugin),
  // A listener and a callback that throw.
  fc.constant<Plugin>(({ analytics }) => {
    analytics.on('track', explode)
    analytics.ready(explode)
  }),
  // Slow: it answers, but after the clock went on.
  fc.constant<Plugin>(
    ({ window }) =>
      () =>
        void window.setTimeout(explode as () => void, 1e9),
  ),
)

test('however plugins misbehave, no call throws, no event is lost, and others have their turn', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(plugins, { maxLength: 6 }), fc.nat(6), async (bad, place) => {
      const browser = createBrowser()
      let turns = 0
      const good: Plugin = () => (event) => {
        turns++
        return { ...event, properties: { ...event.properties, seen: true } }
      }
      const all = [...bad.slice(0, place), good, ...bad.slice(place)]
      const { analytics } = browser.open({ plugins: all })
      for (const name of ['One', 'Two']) expect(() => analytics.track(name, { name })).not.toThrow()
      const events = await trackedIn(browser)
      expect(events).toEqual([
        ['One', { name: 'One', seen: true }],
        ['Two', { name: 'Two', seen: true }],
      ])
      expect(turns).toBe(2)
    }),
    { numRuns: 150 },
  )
})

test('a plugin sees what others make as they start, whatever their order', async () => {
  const browser = createBrowser()
  const seen: unknown[] = []
  browser.open({
    plugins: [
      ({ analytics }) => {
        analytics.track('At the start')
        analytics.on('track', (name) => seen.push(`heard ${name}`))
      },
      () => (event) => void seen.push(event.event),
    ],
  })
  expect(seen).toEqual(['At the start', 'heard At the start'])
})

test('a plugin that spoils an event spoils this one alone', async () => {
  const browser = createBrowser()
  const spoil: Plugin = () => (event) => {
    if (event.event === 'Bad') Object.assign(event, { timestamp: 'never', anonymousId: {}, context: 7 })
    if (event.event === 'Cyclic') event.context.self = event
  }
  const { analytics, dropped } = browser.open({ plugins: [spoil] })
  for (const name of ['One', 'Bad', 'Cyclic', 'Two']) analytics.track(name)
  expect((await trackedIn(browser)).map(([name]) => name)).toEqual(['One', 'Two'])
  expect(dropped.map(([, reason]) => reason)).toHaveLength(2)
})

test('a plugin that makes an event of each event runs into the depth of its own calls, not into the page', async () => {
  const browser = createBrowser()
  let depth = 0
  const { analytics } = browser.open({
    plugins: [
      ({ analytics }) =>
        () =>
          void (depth++ < 100 && analytics.track('Another')),
    ],
  })
  expect(() => analytics.track('One')).not.toThrow()
  expect((await trackedIn(browser)).map(([name]) => name)).toContain('One')
})
