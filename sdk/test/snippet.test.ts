import { runInNewContext } from 'node:vm'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { type EarlyCall, replay } from '../src/lib/replay.ts'
import { snippet, stub } from '../src/snippet.ts'
import type { Analytics } from '../src/types.ts'
import { createBrowser } from './support/browser.ts'

type Stub = Analytics & { q: EarlyCall[] }

function runStub(window: { trailstitch?: Stub } = {}): Stub {
  runInNewContext(stub, { window, Date })
  return window.trailstitch as Stub
}

test('the stub has all calls of the client, answers as it does, and is nothing to a page that has a client', async () => {
  const { analytics } = createBrowser().open()
  const early = runStub()
  expect(Object.keys(early).sort()).toEqual([...Object.keys(analytics), 'q'].sort())
  expect(early.anonymousId()).toBe('')
  await early.flush().then(() => early.track('One'))
  const client = analytics as Stub
  expect(runStub({ trailstitch: client })).toBe(client)
})

test('calls wait with their time; what is made of them has it', async () => {
  const browser = createBrowser()
  const early = runStub()
  early.track('One', { a: 1 })
  early.page()
  const [at] = early.q.map(([, , time]) => time)
  const { analytics } = browser.open()
  for (const call of early.q) replay(analytics, call)
  await browser.clock.advance(60_000)
  expect(browser.server.taken).toMatchObject([
    { event: 'One', properties: { a: 1 }, timestamp: new Date(at ?? 0).toISOString() },
    { type: 'page', context: { page: { path: '/' } } },
  ])
})

test('a script that never comes fills no memory', () => {
  const early = runStub()
  for (let index = 0; index < 1_500; index++) early.track('One')
  expect(early.q).toHaveLength(1_000)
})

test('the HTML holds what was given, with nothing breaking out of it', () => {
  const html = snippet({ src: 'https://t.example/sdk/v1.js?a=1&b="x"', writeKey: '"><img>', nonce: 'n1' })
  expect(html).toBe(
    `<script nonce="n1">${stub}</script><script async nonce="n1" src="https://t.example/sdk/v1.js?a=1&#38;b=&#34;x&#34;" data-write-key="&#34;&#62;&#60;img&#62;"></script>`,
  )
  expect(snippet({ src: '/sdk/v1.js', writeKey: 'wk', endpoint: 'https://t.example' })).toContain(
    '<script async src="/sdk/v1.js" data-write-key="wk" data-endpoint="https://t.example">',
  )
  expect(stub).not.toContain('</')
})

test('it is small', () => {
  expect(
    gzipSync(snippet({ src: 'https://t.example.com/sdk/v1.js', writeKey: 'wk' }), { level: 9 }).length,
  ).toBeLessThan(400)
})
