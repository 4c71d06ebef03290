import { toWireEvent } from '@trailstitch/protocol'
import { expect, test, vi } from 'vitest'
import { createDashboardApp } from '../../src/server/app.ts'
import { openRig } from './accounts/rig.ts'
import { createOptions, type Script, storedEvent, token } from './scripted.ts'

const all = Array.from({ length: 5 }, (_, index) => storedEvent({ messageId: `m${index}`, name: `“${index}”\n` }))

/** The events of the project, two a page. */
const events: NonNullable<Script['events']> = ({ project, cursor }) => {
  const mine = project === 'shop' ? all : []
  const from = Number(cursor ?? 0)
  return { items: mine.slice(from, from + 2), nextCursor: from + 2 < mine.length ? `${from + 2}` : null }
}

const headers = { authorization: `Bearer ${token}` }
const url = '/api/v1/export?project=shop'

test('all events of the project are told, a line each, in the words of the wire', async () => {
  const app = await createDashboardApp(createOptions({ events }))
  const answer = await app.inject({ url, headers })
  expect(answer.statusCode).toBe(200)
  expect(answer.headers['content-type']).toMatch(/^application\/x-ndjson/)
  expect(answer.headers['content-disposition']).toBe('attachment; filename="shop-events-2024-05-06.jsonl"')
  const lines = answer.body.split('\n')
  expect(lines.pop()).toBe('')
  expect(lines.map((line) => JSON.parse(line))).toEqual(
    all.map((event) => JSON.parse(JSON.stringify(toWireEvent(event)))),
  )
  expect((await app.inject({ url: '/api/v1/export?project=blog', headers })).body).toBe('')
})

test('what fails at once is told by its code, and gives its place back', async () => {
  let isBroken = true
  const script: Script = {
    events(query) {
      if (isBroken) throw new Error('no')
      return events(query) as never
    },
  }
  const app = await createDashboardApp(createOptions(script))
  for (const _ of [1, 2, 3]) expect((await app.inject({ url, headers })).statusCode).toBe(500)
  isBroken = false
  expect((await app.inject({ url, headers })).body.split('\n')).toHaveLength(6)
})

test('a failure on the way breaks the file off: it never looks whole', async () => {
  const broken: Script = {
    events(query) {
      if (query.cursor === '2') throw new Error('the disk is gone')
      return events(query) as never
    },
  }
  const app = await createDashboardApp(createOptions(broken))
  const origin = await app.listen({ port: 0, host: '127.0.0.1' })
  const read = async (): Promise<string> => (await fetch(origin + url, { headers })).text()
  for (const _ of [1, 2, 3]) await expect(read()).rejects.toThrow()
  await app.close()
})

test('two run at once, and a third is told to wait until one is over', async () => {
  const gates: (() => void)[] = []
  const slow: Script = {
    async events(query) {
      if (query.cursor === '2') await new Promise<void>((resolve) => gates.push(resolve))
      return events(query) as never
    },
  }
  const app = await createDashboardApp(createOptions(slow))
  const origin = await app.listen({ port: 0, host: '127.0.0.1' })
  const first = [await fetch(origin + url, { headers }), await fetch(origin + url, { headers })]
  expect((await fetch(origin + url, { headers })).status).toBe(503)
  for (const open of gates) open()
  for (const answer of first) expect((await answer.text()).split('\n')).toHaveLength(6)
  // Whoever goes away in the middle gives the place back, too, once the store has answered.
  const leaving = new AbortController()
  await fetch(origin + url, { headers, signal: leaving.signal })
  leaving.abort()
  await vi.waitFor(() => expect(gates).toHaveLength(3))
  gates[2]?.()
  await vi.waitFor(async () => {
    const pair = await Promise.all([fetch(origin + url, { headers }), fetch(origin + url, { headers })])
    for (const open of gates) open()
    for (const answer of pair) await answer.text()
    expect(pair.map(({ status }) => status)).toEqual([200, 200])
  })
  app.server.closeAllConnections()
  await app.close()
})

test('an export is written down before anything is told', async () => {
  const rig = await openRig({ script: { events: () => ({ items: [], nextCursor: null }) } })
  await rig.setUp('first@example.com')
  await rig.call('GET', '/export?project=shop', { token })
  const { body } = await rig.call('GET', '/projects/shop/audit?kind=reads', { token })
  expect(body.items).toMatchObject([{ action: 'events.exported' }])
})

test('a key exports by the scope for it, and by no other', async () => {
  const rig = await openRig({ script: { events: () => ({ items: [], nextCursor: null }) } })
  const statuses: number[] = []
  for (const scope of ['export', 'manage', 'read']) {
    const { body } = await rig.post('/projects/shop/api-keys', { name: scope, scopes: [scope] }, { token })
    statuses.push((await rig.call('GET', '/export?project=shop', { token: body.key })).status)
  }
  expect(statuses).toEqual([200, 403, 403])
})
