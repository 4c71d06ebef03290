import { clockClasses } from '@trailstitch/protocol'
import { expect, test } from 'vitest'
import { createDashboardApp } from '../../src/server/app.ts'
import { createOptions, iso, start, token } from './scripted.ts'

const dayMs = 86_400_000
const counts = Object.fromEntries([...clockClasses, 'unknown'].map((name, index) => [name, index])) as never

async function open() {
  const options = createOptions({ clocks: ({ from }) => ({ days: [{ start: from, events: 66, clocks: counts }] }) })
  const app = await createDashboardApp(options)
  const get = async (url: string) => {
    const response = await app.inject({ url: `/api/v1${url}`, headers: { authorization: `Bearer ${token}` } })
    return { status: response.statusCode, body: response.json() }
  }
  return { get, asked: options.store.asked }
}

test('clocks are those of the last 7 days unless told, with every class', async () => {
  const { get, asked } = await open()
  const { status, body } = await get('/clocks')
  expect(status).toBe(200)
  expect(asked).toEqual([{ type: 'clocks', project: 'shop', from: start - 7 * dayMs, to: start, timeZone: 'UTC' }])
  expect(body).toEqual({
    ...{ project: 'shop', from: iso(start - 7 * dayMs), to: iso(start), timeZone: 'UTC', computedAt: iso(start) },
    days: [{ start: iso(start - 7 * dayMs), events: 66, clocks: counts }],
  })
})

test('a range and a time zone are handed on; what makes no sense is told and not asked', async () => {
  const { get, asked } = await open()
  await get('/clocks?project=blog&from=2024-05-01&to=2024-05-02&timeZone=Europe/Vienna')
  const [from, to] = [Date.UTC(2024, 4, 1), Date.UTC(2024, 4, 2)]
  expect(asked).toEqual([{ type: 'clocks', project: 'blog', from, to, timeZone: 'Europe/Vienna' }])
  for (const [query, word] of [
    ['from=2024-05-07', '"from" must be before "to"'],
    ['from=2022-01-01&to=2024-05-02', 'at most 400 days'],
    ['timeZone=Middle/Earth', '"timeZone" must be an IANA name'],
  ] as const) {
    const { status, body } = await get(`/clocks?${query}`)
    expect([status, body.code]).toEqual([400, 'invalid_request'])
    expect(body.message).toContain(word)
  }
  expect(asked).toHaveLength(1)
})
