import { gzipSync } from 'node:zlib'
import { type ChunkPart, type EventAnswer, encodeChunk } from '@trailstitch/protocol'
import { expect, test } from 'vitest'
import { createDashboardApp } from '../../src/server/app.ts'
import { openRig } from './accounts/rig.ts'
import { createOptions, iso, rejectedEvent, type Script, start, storedEvent, token } from './scripted.ts'

const nothing: EventAnswer = { takenOn: null, rememberedSince: start, rejected: [] }
const stored = { event: storedEvent(), sessionId: 's1', profileId: 'p1' }

interface Given {
  answer?: Partial<EventAnswer>
  /** Chunks that the store has taken in. */
  processed?: number[]
  overflow?: Uint8Array[]
}

async function open({ answer, processed = [], overflow = [] }: Given = {}) {
  const script: Script = {
    event: () => ({ ...nothing, ...answer }),
    processed: ({ chunks }) => chunks.filter(({ seq }) => processed.includes(seq)),
  }
  const options = createOptions(script)
  const blob = {
    list: async () => ({ items: overflow.map((_, name) => ({ name: `${name}`, size: 1 })), nextCursor: null }),
    get: async (name: string) => overflow[Number(name)],
    put: async () => {},
  }
  const app = await createDashboardApp({ ...options, ...(overflow.length > 0 && { overflow: blob as never }) })
  const find = async (messageId: string) => {
    const url = `/api/v1/events/${encodeURIComponent(messageId)}`
    return (await app.inject({ url, headers: { authorization: `Bearer ${token}` } })).json()
  }
  return { ...options, find }
}

/** A chunk of one request; its number is its name. */
function chunkWith(seq: number, body: string, more: Partial<ChunkPart> = {}): Uint8Array {
  const bytes = more.encoding === 'gzip' ? gzipSync(body) : Buffer.from(body)
  const part = { project: 'shop', kind: 'batch' as const, receivedAt: start - seq, encoding: 'identity' as const }
  return encodeChunk(
    { collector: 'c1', seq, packedAt: start, parts: [{ ...part, events: 1, ...more, bytes: bytes.length }] },
    [bytes],
  )
}

const batchOf = (...ids: string[]): string => JSON.stringify({ batch: ids.map((messageId) => ({ messageId })) })

test('a stored event is answered with its session, its person and its way', async () => {
  const { find } = await open({
    answer: { stored, takenOn: start, rejected: [rejectedEvent({ replayedAt: start + 5 })] },
  })
  expect(await find('m1')).toMatchObject({
    ...{ messageId: 'm1', state: 'stored', sessionId: 's1', profileId: 'p1', complete: true },
    event: { messageId: 'm1', timestamp: iso(start - 1000), properties: { timestamp: 5 } },
    trail: [
      { what: 'happened', at: iso(start - 1000) },
      { what: 'received', at: iso(start) },
      { what: 'set_aside', at: iso(start) },
      { what: 'replayed', at: iso(start + 5) },
    ],
  })
})

test('an event that waits is found in queue and overflow, however its body is packed and written', async () => {
  for (const [body, more] of [
    [batchOf('m0', 'm1'), {}],
    [batchOf('m1'), { encoding: 'gzip' }],
    ['{"type":"track","messageId":"\\u006d1"}', { kind: 'track' }],
  ] as const) {
    const inQueue = await open()
    inQueue.queue.pending.push(chunkWith(1, batchOf('m7')), chunkWith(2, body, more))
    expect(await inQueue.find('m1')).toMatchObject({
      ...{ state: 'waiting', event: null, trail: [{ what: 'waiting', at: iso(start - 2) }] },
    })
    const inOverflow = await open({ overflow: [chunkWith(3, body, more)] })
    expect(await inOverflow.find('m1')).toMatchObject({ state: 'waiting', trail: [{ at: iso(start - 3) }] })
  }
})

test('only an event of that id and project is found', async () => {
  const { queue, find } = await open()
  queue.pending.push(
    chunkWith(1, batchOf('m10', 'xm1')),
    chunkWith(2, '{"batch":[{"messageId":"m2","properties":{"messageId":"m1"}}]}'),
    chunkWith(3, batchOf('m1'), { project: 'blog' }),
    chunkWith(4, 'm1 { no json'),
    Buffer.from('TSC1 m1'),
  )
  expect(await find('m1')).toMatchObject({ state: 'unknown', trail: [], rememberedSince: iso(start) })
})

test('a dead letter is told as such, and a chunk that was taken in already is nowhere else', async () => {
  const dead = await open()
  dead.queue.dead.push(chunkWith(1, batchOf('m1')))
  expect(await dead.find('m1')).toMatchObject({ state: 'dead', trail: [{ what: 'dead' }] })
  const taken = await open({ answer: { takenOn: start }, processed: [2] })
  taken.queue.pending.push(chunkWith(2, batchOf('m1')))
  expect(await taken.find('m1')).toMatchObject({ state: 'taken', takenOn: iso(start), trail: [] })
})

test('what was set aside is rejected, until its next try waits', async () => {
  const { queue, find } = await open({ answer: { rejected: [rejectedEvent()] } })
  expect(await find('m1')).toMatchObject({ state: 'rejected', rejected: [{ id: 'r1', code: 'unknown_type' }] })
  queue.pending.push(chunkWith(1, batchOf('m1')))
  expect(await find('m1')).toMatchObject({ state: 'waiting' })
})

test('a queue that cannot be looked into, or is too full, makes the answer incomplete', async () => {
  const closed = await open()
  Object.assign(closed.queue, { traits: { ...closed.queue.traits, listsPending: false } })
  expect(await closed.find('m1')).toMatchObject({ state: 'unknown', complete: false })
  const full = await open()
  full.queue.pending.push(...Array.from({ length: 2_001 }, (_, seq) => chunkWith(seq + 1, '{}')))
  expect(await full.find('m1')).toMatchObject({ state: 'unknown', complete: false })
  // Nearly 90 MB once opened.
  const large = await open()
  const body = gzipSync(JSON.stringify({ batch: [], filler: 'x'.repeat(480_000) }))
  const part = { project: 'shop', kind: 'batch' as const, receivedAt: start, encoding: 'gzip' as const, events: 0 }
  const parts = Array.from({ length: 20 }, () => ({ ...part, bytes: body.length }))
  for (let seq = 1; seq <= 9; seq++) {
    const header = { collector: 'c1', seq, packedAt: start, parts }
    large.queue.pending.push(
      encodeChunk(
        header,
        parts.map(() => body),
      ),
    )
  }
  expect(await large.find('m1')).toMatchObject({ state: 'unknown', complete: false })
})

test('who looked for which event is in the audit log', async () => {
  const rig = await openRig({ script: { event: () => nothing } })
  await rig.setUp()
  const { accessToken: token } = (await rig.join('vera@example.com', 'viewer')).body
  expect((await rig.call('GET', '/events/m1?project=shop', { token })).status).toBe(200)
  const { body } = await rig.call('GET', '/projects/shop/audit', { token: 'a-token-of-some-length' })
  expect(body.items.filter(({ action }) => action === 'event.looked_up')).toMatchObject([
    { object: 'm1', who: { name: 'vera@example.com' } },
  ])
})
