import { checkBody, parseBody } from '@trailstitch/protocol'
import { expect, test } from 'vitest'
import { loadFixtures } from '../../protocol/test/load-fixtures.ts'
import { createNodeAnalytics } from '../src/node.ts'
import type { EventOptions } from '../src/types.ts'
import { createBrowser } from './support/browser.ts'

type Fields = Record<string, unknown> & { type: string }
type Call = (...given: unknown[]) => void

/** Events as large as may be, which the ids and the context of a client make too large. */
const atTheLimit = new Set(['limit-event-bytes', 'limit-event-bytes-in-batch', 'limit-keys'])

/** Events of the fixtures; those of a batch with what the batch says of all of them. */
const fixtures = loadFixtures('valid').filter(({ name }) => !atTheLimit.has(name))
const events = fixtures.flatMap(({ name, bytes, route }) =>
  (parseBody(bytes, route).events as Fields[])
    .slice(0, 50)
    .map((event, index) => ({ name: `${name} ${index}`, event })),
)

/** What the calls don't take: the client says it itself, or the event is the server's. */
const own = new Set(['writeKey', 'type', 'sentAt', 'originalTimestamp', 'receivedAt', 'version', 'timestamp'])
const given = (event: Fields): Record<string, unknown> =>
  Object.fromEntries(Object.entries(event).filter(([key]) => !own.has(key)))

/** Without the fields that are null, which stands for absent: a client may fill those in. */
const said = (fields: Record<string, unknown>): unknown =>
  JSON.parse(JSON.stringify(Object.fromEntries(Object.entries(fields).filter(([, value]) => value != null))))

test.each(events)('node: $name goes out as a valid event that says the same', async ({ event }) => {
  const bodies: Buffer[] = []
  const analytics = createNodeAnalytics(
    { writeKey: 'wk', endpoint: 'https://t.example' },
    {
      now: Date.now,
      random: Math.random,
      setTimer: (run, ms) => setTimeout(run, ms),
      clearTimer: (timer) => clearTimeout(timer as NodeJS.Timeout | undefined),
      fetch: async (_url, init) => {
        bodies.push(Buffer.from(init.body as Uint8Array))
        return Response.json({ success: true, accepted: 1, refused: [] })
      },
      gzip: async (data) => data,
    },
  )
  ;(analytics[event.type as 'track'] as unknown as Call)(given(event))
  await analytics.close()
  const body = parseBody(bodies[0] ?? Buffer.of(), 'batch')
  expect(checkBody(body)).toEqual([])
  expect(body.events).toMatchObject([said({ ...given(event), type: event.type })])
  expect((body.events[0] as Fields).messageId).toBeTypeOf('string')
})

const produced = events.filter(({ event }) => event.type !== 'screen')

test.each(produced)('browser: $name goes out as a valid event that says the same', async ({ event }) => {
  const browser = createBrowser()
  const { analytics } = browser.open()
  const { context, integrations, messageId, anonymousId, userId } = event
  const options = Object.fromEntries(
    Object.entries({ context, integrations, messageId, anonymousId }).filter(([, value]) => value != null),
  ) as EventOptions
  const who = event.type === 'identify' || event.type === 'alias' ? options : { ...options, userId }
  const calls: Record<string, [Call, unknown[]]> = {
    track: [analytics.track as Call, [event.event, event.properties, who]],
    page: [analytics.page as Call, [event.category, event.name, event.properties ?? {}, who]],
    identify: [analytics.identify as Call, [userId, event.traits ?? {}, who]],
    group: [analytics.group as Call, [event.groupId, event.traits, who]],
    alias: [analytics.alias as Call, [userId, event.previousId, who]],
  }
  const [call, given] = calls[event.type] ?? []
  call?.(...(given ?? []))
  await analytics.flush()
  const body = parseBody(Buffer.from(browser.server.requests[0]?.text ?? ''), 'batch')
  expect(checkBody(body)).toEqual([])
  const { type, properties, traits } = event
  expect(body.events).toMatchObject([said({ type, event: event.event, properties, traits, ...options })])
})
