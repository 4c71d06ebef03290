import { readFileSync } from 'node:fs'
import { openStore, silentLog } from '@trailstitch/backends'
import { apiPlugin } from '@trailstitch/dashboard'
import { stitchRules } from '@trailstitch/processor'
import type { StoredEvent } from '@trailstitch/protocol'
import Fastify from 'fastify'
import { expect, test } from 'vitest'
import { createOptions, token } from '../dashboard/test/server/scripted.ts'
import { tableOf } from '../processor/test/support.ts'

const text = readFileSync(new URL('../docs/api.md', import.meta.url), 'utf8')
const types = ['trend', 'funnel', 'funnel_people', 'retention', 'paths', 'properties', 'segment']

/** The blocks of JSON below each heading of a type: a question, and its answer. */
const examples = text
  .split('\n### ')
  .slice(1)
  .map((section) => ({
    type: section.slice(0, section.indexOf(':')),
    blocks: [...section.matchAll(/```json\n([\s\S]*?)```/g)].map(([, json]) => JSON.parse(json as string)),
  }))

function eventOf([time = '', visitor = '', what = '']: readonly string[], index: number): StoredEvent {
  const timestamp = Date.parse(`2026-${time}:00Z`)
  const [, page, ordered] = /^page (.*)$|^Ordered (\d+)$/.exec(what) ?? []
  return {
    ...{ project: 'shop', messageId: `m${index}`, anonymousId: visitor, timestamp, receivedAt: timestamp },
    ...(page === undefined ? { type: 'track', name: what } : { type: 'page', name: page, path: page }),
    ...(ordered !== undefined && { name: 'Ordered', properties: { total: Number(ordered) } }),
  }
}

async function openApi() {
  const deps = { now: () => Date.UTC(2026, 2, 4, 12), log: silentLog }
  const store = await openStore('memory:', deps)
  const events = tableOf(text, '| time | visitor | event |').map(eventOf)
  expect(events).toHaveLength(8)
  await store.append([{ collector: 'c1', seq: 1, voided: [], received: [], events, rejected: [] }])
  await store.stitch(stitchRules, 1_000)
  const app = Fastify()
  await app.register(apiPlugin, { ...createOptions({}), deps, store })
  return (payload: object) =>
    app.inject({ method: 'POST', url: '/api/v1/query', headers: { authorization: `Bearer ${token}` }, payload })
}

test('each type of question has an example', () => {
  expect(examples.map(({ type }) => type)).toEqual(types)
})

test.each(examples)('$type is answered as docs/api.md says', async ({ type, blocks: [question, answer] }) => {
  const post = await openApi()
  const response = await post(question)
  const { meta: _meta, ...body } = response.json()
  expect([question.type, response.statusCode]).toEqual([type, 200])
  expect(body).toEqual(answer)
})

test('a mistake is told as docs/api.md says', async () => {
  const post = await openApi()
  const where = [
    { field: 'path', operator: 'set' },
    { field: 'path', operator: 'less', values: ['x'] },
  ]
  const response = await post({ ...examples[0]?.blocks[0], series: [{ measure: 'events', where }] })
  const { code, message } = response.json<{ code: string; message: string }>()
  const place = message.slice(message.indexOf('/'))
  expect([code, text.includes(`\`${place}\``), place]).toEqual(['invalid_query', true, place])
})
