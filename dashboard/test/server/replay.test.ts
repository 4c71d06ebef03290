import { decodeChunk, type RejectedEvent } from '@trailstitch/protocol'
import { expect, test } from 'vitest'
import { createDashboardApp } from '../../src/server/app.ts'
import { openRig } from './accounts/rig.ts'
import { createOptions, iso, rejectedEvent, type Script, start, token } from './scripted.ts'

const broken = rejectedEvent({
  id: 'c1:1:0:0',
  code: 'missing_event_name',
  body: JSON.stringify({ type: 'track', anonymousId: 'a', messageId: 'm1', timestamp: iso(start - 5000) }),
})

/** The project's rejected events, two a page. */
const listing =
  (items: readonly RejectedEvent[]): NonNullable<Script['rejected']> =>
  ({ project, id, cursor }) => {
    const mine = items.filter((item) => item.project === project && (id ?? item.id) === item.id)
    const from = Number(cursor ?? 0)
    return { items: mine.slice(from, from + 2), nextCursor: from + 2 < mine.length ? `${from + 2}` : null }
  }

async function open(items: readonly RejectedEvent[]) {
  const options = createOptions({ rejected: listing(items) })
  const app = await createDashboardApp(options)
  const post = async (url: string, payload: object) => {
    const headers = { authorization: `Bearer ${token}` }
    const response = await app.inject({ method: 'POST', url: `/api/v1${url}`, headers, payload })
    return { status: response.statusCode, body: response.json() }
  }
  /** What is in the queue, request by request. */
  const sent = () =>
    options.queue.pending.flatMap((chunk) => {
      const { header, bodies } = decodeChunk(chunk)
      return header.parts.map((part, index) => ({
        part,
        body: JSON.parse(Buffer.from(bodies[index] ?? '').toString()),
      }))
    })
  return { app, options, post, sent }
}

test('a mended event goes into the queue as an operator’s, with its id and its time, and is marked', async () => {
  const { post, sent, options } = await open([broken])
  const { status, body } = await post('/rejected/c1%3A1%3A0%3A0/replay', { set: { event: 'Ordered' } })
  expect([status, body]).toEqual([200, { sent: true, replayedAt: iso(start), problem: null }])
  expect(sent()).toMatchObject([
    {
      part: { project: 'shop', operator: true, events: 1, receivedAt: start },
      body: { batch: [{ event: 'Ordered', anonymousId: 'a', messageId: 'm1', timestamp: iso(start - 5000) }] },
    },
  ])
  expect(options.store.marked).toEqual([{ id: 'c1:1:0:0', at: start }])
})

test('a whole event may stand in the place of what came', async () => {
  const { post, sent } = await open([broken])
  await post('/rejected/c1%3A1%3A0%3A0/replay', { event: { type: 'identify', userId: 'u' } })
  expect(sent()[0]?.body.batch).toEqual([
    { type: 'identify', userId: 'u', timestamp: iso(start), messageId: 'replay-c1:1:0:0' },
  ])
})

test('a check tells what the collector would say, and sends nothing', async () => {
  const { post, sent, options } = await open([broken])
  const still = await post('/rejected/c1%3A1%3A0%3A0/replay', { check: true })
  expect(still.body).toMatchObject({ sent: false, replayedAt: null, problem: { code: 'missing_event_name' } })
  const good = await post('/rejected/c1%3A1%3A0%3A0/replay', { check: true, set: { event: 'x' } })
  expect(good.body).toEqual({ sent: false, replayedAt: null, problem: null })
  expect([sent(), options.store.marked]).toEqual([[], []])
})

test('what would be refused again, holds no event, or is not there is not sent', async () => {
  const opened = rejectedEvent({ id: 'zip', body: '{"encoding":"gzip","base64":"xx"}' })
  const cut = rejectedEvent({ id: 'cut', body: '{"type":' })
  const { post, sent, options } = await open([broken, opened, cut, { ...broken, id: 'theirs', project: 'blog' }])
  const answers = [
    await post('/rejected/c1%3A1%3A0%3A0/replay', {}),
    await post('/rejected/c1%3A1%3A0%3A0/replay', { set: { event: 'x', type: 'unlink' } }),
    await post('/rejected/zip/replay', { set: { event: 'x' } }),
    await post('/rejected/cut/replay', { event: { type: 'track' } }),
    await post('/rejected/theirs/replay', { set: { event: 'x' } }),
    await post('/rejected/c1%3A1%3A0%3A0/replay', { set: {}, event: {} }),
    await post('/rejected/c1%3A1%3A0%3A0/replay', { set: [] }),
    await post('/rejected/c1%3A1%3A0%3A0/replay', { set: JSON.parse('{"__proto__":{"event":"x"}}') }),
  ]
  expect(answers.map(({ status, body }) => [status, body.code])).toEqual([
    [400, 'event_refused'],
    [400, 'event_refused'],
    [409, 'not_replayable'],
    [409, 'not_replayable'],
    [404, 'unknown_event'],
    [400, 'invalid_request'],
    [400, 'invalid_request'],
    [400, 'invalid_request'],
  ])
  expect([sent(), options.store.marked]).toEqual([[], []])
})

test('all of one code are sent a stretch at a time; what was replayed, or stays broken, is left', async () => {
  const again = { ...broken, id: 'again', replayedAt: start }
  const other = { ...broken, id: 'other', code: 'unknown_type' as const }
  const worse = { ...broken, id: 'worse', body: '{"type":"track","messageId":"m9"}' }
  const { post, sent, options } = await open([broken, again, other, worse, { ...broken, id: 'second' }])
  const seen = []
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const { body } = await post('/rejected/replay', { code: 'missing_event_name', set: { event: 'E' }, cursor })
    seen.push(body)
    cursor = body.nextCursor
  }
  expect(seen).toEqual([
    { sent: 1, skipped: 1, refused: 0, nextCursor: '2' },
    { sent: 0, skipped: 0, refused: 1, nextCursor: '4' },
    { sent: 1, skipped: 0, refused: 0, nextCursor: null },
  ])
  expect(sent()).toHaveLength(2)
  expect(options.store.marked.map(({ id }) => id)).toEqual(['c1:1:0:0', 'second'])
})

test('a queue that takes nothing is told as such, and nothing is marked', async () => {
  const { post, options } = await open([broken])
  options.queue.send = async (bodies) => bodies.map(() => ({ ok: false, error: new Error('full') }))
  const { status, body } = await post('/rejected/c1%3A1%3A0%3A0/replay', { set: { event: 'x' } })
  expect([status, body.code]).toEqual([503, 'queue_unavailable'])
  expect(options.store.marked).toEqual([])
})

test('the numbers of what was sent have no hole after the end of the app', async () => {
  const { app, post, options } = await open([broken])
  await post('/rejected/c1%3A1%3A0%3A0/replay', { set: { event: 'x' } })
  await app.close()
  expect(options.queue.pending.map((chunk) => decodeChunk(chunk).header.seq)).toEqual([1, 2])
})

test('who sent what again is in the audit log, without the event', async () => {
  const rig = await openRig({ script: { rejected: listing([broken]) } })
  await rig.setUp()
  const { accessToken: token } = (await rig.join('adam@example.com', 'admin')).body
  await rig.post('/rejected/c1%3A1%3A0%3A0/replay?project=shop', { check: true }, { token })
  await rig.post('/rejected/c1%3A1%3A0%3A0/replay?project=shop', { set: { event: 'Secret' } }, { token })
  await rig.post('/rejected/replay?project=shop', { code: 'missing_event_name' }, { token })
  const { body } = await rig.call('GET', '/projects/shop/audit', { token })
  const entries = body.items.filter(({ action }) => action === 'rejected.replayed')
  expect(entries.map(({ object, detail }) => [object, detail])).toEqual(
    expect.arrayContaining([
      ['c1:1:0:0', 'missing_event_name, mended'],
      ['missing_event_name', 'all'],
    ]),
  )
  expect(entries).toHaveLength(2)
  expect(JSON.stringify(entries)).not.toContain('Secret')
})
