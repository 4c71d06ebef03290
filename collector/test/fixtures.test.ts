import { createProjects } from '@trailstitch/protocol'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadFixtures } from '../../protocol/test/load-fixtures.ts'
import { arrivals, basic, type Running, startCollector } from './support/collector.ts'

let running: Running
// Fixtures without a key of their own are sent with this one in the header; those with one bring this one.
const writeKey = 'wk_demo'
const headers = { authorization: basic(writeKey) }
const start = (): Promise<Running> =>
  startCollector({ projects: createProjects([{ id: 'demo', name: 'Demo', writeKeys: [writeKey] }]) })

beforeAll(async () => {
  running = await start()
})
afterAll(() => running.stop())

describe('every fixture of the wire', () => {
  test.each(loadFixtures('valid'))('is taken: $name', async ({ route, bytes }) => {
    const answer = await running.post(`/v1/${route}`, bytes, headers)
    expect(answer.json()).toMatchObject({ success: true, refused: [] })
    expect(answer.status).toBe(200)
  })

  test.each(loadFixtures('invalid'))('is refused as it says: $name', async ({ route, bytes, code, refused }) => {
    const answer = await running.post(`/v1/${route}`, bytes, headers)
    const body = answer.json()
    if (code) {
      expect(answer.status).toBe(400)
      expect(body).toMatchObject({ success: false, code })
    } else {
      expect(answer.status).toBe(body.accepted === 0 ? 400 : 200)
      expect(body.success).toBe(answer.status === 200)
      expect(body.refused?.map((event) => [event.index, event.code])).toEqual(refused)
    }
  })

  test('arrives in the queue as the very bytes that were sent, refused places noted', async () => {
    const single = await start()
    const sent = loadFixtures('invalid').filter(({ refused }) => refused)
    expect(sent.length).toBeGreaterThan(0)
    for (const { route, bytes } of sent) await single.post(`/v1/${route}`, bytes, headers)
    const arrived = await arrivals(single.queue)
    expect(arrived.map(({ bytes }) => Buffer.from(bytes).toString())).toEqual(
      sent.map(({ bytes }) => Buffer.from(bytes).toString()),
    )
    expect(arrived.map(({ part }) => part.refused)).toEqual(sent.map(({ refused }) => refused))
    await single.stop()
  })
})
