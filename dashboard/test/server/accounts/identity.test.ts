import { decodeChunk } from '@trailstitch/protocol'
import { expect, test } from 'vitest'
import { maxEvents } from '../../../src/server/trait-history.ts'
import { iso, journeyItem, person, type Script, start } from '../scripted.ts'
import { adminToken, openRig, type Rig } from './rig.ts'

const identify = (at: number, plan: string) =>
  journeyItem({ type: 'identify', traits: { plan }, timestamp: at, messageId: `m${at}` })

test('traits are read from the whole journey, page by page, and what they were stands behind what they are', async () => {
  const asked: (string | undefined)[] = []
  const script: Script = {
    journey: ({ cursor, order }) => {
      asked.push(`${order} ${cursor}`)
      return cursor === undefined
        ? { items: [identify(start, 'pro')], nextCursor: 'next' }
        : { items: [identify(start - 5, 'free')], nextCursor: null }
    },
  }
  const rig = await openRig({ script })
  const { status, body } = await rig.call('GET', '/people/p1/traits', { token: adminToken })
  expect([status, body]).toEqual([
    200,
    {
      items: [
        {
          name: 'plan',
          values: [
            { value: 'pro', at: iso(start), messageId: `m${start}` },
            { value: 'free', at: iso(start - 5), messageId: `m${start - 5}` },
          ],
        },
      ],
      complete: true,
    },
  ])
  expect(asked).toEqual(['desc undefined', 'desc next'])
})

test('of an endless journey only the newest events are read, and that is said', async () => {
  let pages = 0
  const items = Array.from({ length: 1_000 }, () => identify(start, 'pro'))
  const journey = () => ({ items, nextCursor: String(++pages) })
  const rig = await openRig({ script: { journey } })
  expect((await rig.call('GET', '/people/p1/traits', { token: adminToken })).body).toMatchObject({ complete: false })
  expect(pages).toBe(maxEvents / 1_000)
})

test('who is not there has no traits', async () => {
  const rig = await openRig({ script: { journey: () => ({ items: [], nextCursor: null }), person: () => undefined } })
  expect((await rig.call('GET', '/people/p1/traits', { token: adminToken })).body.code).toBe('unknown_person')
})

const tied = person({
  links: [
    { kind: 'visitor', from: 'visitor-1', userId: 'ann', timestamp: start, messageId: 'm1', undone: false },
    { kind: 'visitor', from: 'visitor-2', userId: 'ann', timestamp: start, messageId: 'm2', undone: true },
    { kind: 'alias', from: 'old', userId: 'ann', timestamp: start, messageId: 'm3', undone: false },
  ],
})
const unlink = (rig: Rig, payload: object, token = adminToken) => rig.post('/people/p1/unlink', payload, { token })

test('an undo goes through the queue as an operator’s, and into the audit log', async () => {
  const rig = await openRig({ script: { person: () => tied } })
  const { accessToken } = (await rig.setUp()).body
  expect((await unlink(rig, { anonymousId: 'visitor-1', userId: 'ann' }, accessToken)).status).toBe(202)
  expect((await unlink(rig, { previousId: 'old', userId: 'ann' }, accessToken)).status).toBe(202)
  const sent = rig.queue.pending.map((bytes) => {
    const { header, bodies } = decodeChunk(bytes)
    return { ...header.parts[0], batch: JSON.parse(Buffer.from(bodies[0] ?? []).toString()).batch }
  })
  const event = { type: 'unlink', messageId: expect.any(String), timestamp: iso(start), userId: 'ann' }
  expect(sent).toEqual([
    expect.objectContaining({ project: 'shop', operator: true, batch: [{ ...event, anonymousId: 'visitor-1' }] }),
    expect.objectContaining({ project: 'shop', operator: true, batch: [{ ...event, previousId: 'old' }] }),
  ])
  const { items } = (await rig.call('GET', '/projects/shop/audit', { token: adminToken })).body
  expect(items.map(({ action, object, detail }) => [action, object, detail])).toEqual(
    expect.arrayContaining([
      ['person.unlinked', 'p1', 'visitor-1 from ann'],
      ['person.unlinked', 'p1', 'old from ann'],
    ]),
  )
})

test('only what ties this person together can be undone, once, and by whoever manages the project', async () => {
  const rig = await openRig({ script: { person: () => tied } })
  await rig.setUp()
  const codeOf = async (payload: object, token?: string) => (await unlink(rig, payload, token)).body.code
  expect(await codeOf({ anonymousId: 'visitor-2', userId: 'ann' })).toBe('unknown_tie')
  expect(await codeOf({ anonymousId: 'visitor-1', userId: 'bob' })).toBe('unknown_tie')
  expect(await codeOf({ previousId: 'visitor-1', userId: 'ann' })).toBe('unknown_tie')
  for (const hostile of [
    {},
    { userId: 'ann' },
    { anonymousId: 'visitor-1' },
    { anonymousId: 'visitor-1', previousId: 'old', userId: 'ann' },
    { anonymousId: '', userId: 'ann' },
    { anonymousId: 'x'.repeat(1_025), userId: 'ann' },
    { anonymousId: { $ne: null }, userId: 'ann' },
    { anonymousId: '__proto__', userId: ['ann', 'bob'] },
  ])
    expect([hostile, await codeOf(hostile)]).toEqual([hostile, 'invalid_request'])
  const analyst = (await rig.join('analyst@example.com', 'analyst')).body.accessToken
  expect(await codeOf({ anonymousId: 'visitor-1', userId: 'ann' }, analyst)).toBe('forbidden')
  expect(rig.queue.pending).toEqual([])
})

test('where the queue takes nothing, or the log cannot be written, nothing is undone', async () => {
  const rig = await openRig({ script: { person: () => tied } })
  const { send } = rig.queue
  rig.queue.send = async (bodies) => bodies.map(() => ({ ok: false, error: new Error('full') }))
  const failed = await unlink(rig, { anonymousId: 'visitor-1', userId: 'ann' })
  expect([failed.status, failed.body.code]).toEqual([503, 'queue_unavailable'])
  rig.queue.send = send
  rig.directory.write = () => Promise.reject(new Error('full'))
  expect((await unlink(rig, { anonymousId: 'visitor-1', userId: 'ann' })).status).toBe(500)
  expect(rig.queue.pending).toEqual([])
})
