import Fastify from 'fastify'
import { expect, test } from 'vitest'
import { apiPlugin } from '../../src/server/api.ts'
import { createManualTimer } from './manual-timer.ts'
import { createOptions, start, token } from './scripted.ts'

const meta = { computedAt: 0, exact: true, rowsScanned: 0, timeZone: 'UTC' }

test('a client that hangs up while its question waits takes it with it', async () => {
  const held: (() => void)[] = []
  const timer = createManualTimer()
  const trend = () =>
    new Promise<{ starts: number[]; rows: []; meta: typeof meta }>((resolve) =>
      held.push(() => resolve({ starts: [], rows: [], meta })),
    )
  const app = Fastify()
  await app.register(apiPlugin, createOptions({ trend }, { timer }))
  const url = `${await app.listen({ port: 0, host: '127.0.0.1' })}/api/v1/query`
  const question = { type: 'trend', project: 'shop', to: start, interval: 'day', series: [{ measure: 'events' }] }
  const ask = (from: number, signal?: AbortSignal) =>
    fetch(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ ...question, from }),
      signal: signal ?? null,
    })
  const first = [1, 2, 3, 4].map((place) => ask(start - place))
  await expect.poll(() => held.length).toBe(4)
  const client = new AbortController()
  const fifth = ask(start - 5, client.signal).catch(({ name }) => name)
  await expect.poll(() => timer.waiting()).toBe(1)
  client.abort()
  expect(await fifth).toBe('AbortError')
  await expect.poll(() => timer.waiting()).toBe(0)
  for (const answer of held) answer()
  expect((await Promise.all(first)).map(({ status }) => status)).toEqual([200, 200, 200, 200])
  expect(held).toHaveLength(4)
  await app.close()
})
