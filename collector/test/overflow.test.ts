import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { type Blob, openBlob, runRedriver, systemDeps } from '@trailstitch/backends'
import { afterEach, expect, test, vi } from 'vitest'
import { arrivals, createScriptedQueue, type Running, startCollector } from './support/collector.ts'

const event = { anonymousId: 'a', event: 'x' }

let running: Running
let folder = ''
afterEach(async () => {
  vi.useRealTimers()
  await running.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** A collector with a scripted queue and real files as its overflow. */
async function setUp(change: (overflow: Blob) => Partial<Blob> = () => ({})) {
  folder = mkdtempSync(join(tmpdir(), 'overflow-'))
  const files = await openBlob(`file:${folder}`, systemDeps)
  const overflow = { ...files, ...change(files) }
  const scripted = createScriptedQueue()
  running = await startCollector({ queue: scripted.queue, overflow })
  return { ...scripted, overflow }
}

const namesIn = async (overflow: Blob): Promise<string[]> => (await overflow.list('')).items.map(({ name }) => name)

test('while the queue hangs, events are acknowledged in time, and reach the queue once it is back', async () => {
  const { queue, script, sent, overflow } = await setUp()
  script.hold = new Promise(() => {})
  const send = vi.spyOn(queue, 'send')
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const answer = running.post('/v1/track', event)
  while (send.mock.calls.length === 0) await turn()
  await vi.advanceTimersByTimeAsync(3_000)
  vi.useRealTimers()
  expect((await answer).status).toBe(200)
  expect(sent).toHaveLength(0)
  expect(await namesIn(overflow)).toEqual([expect.stringMatching(/^overflow\/2026-03-01\/[0-9a-z]{12}-0000000001$/)])

  script.hold = undefined
  const stop = new AbortController()
  const redriving = runRedriver({ queue, overflow, deps: systemDeps }, stop.signal)
  while ((await namesIn(overflow)).length > 0) await turn()
  stop.abort()
  await redriving
  expect(await arrivals(queue)).toMatchObject([{ events: [event] }])
})

test('with neither queue nor overflow the answer is 503 with the time to wait, and nothing is kept', async () => {
  const { script, sent, overflow } = await setUp(() => ({ put: () => Promise.reject(new Error('scripted')) }))
  script.fail = true
  const refused = await running.post('/v1/track', event)
  expect([refused.status, refused.json().code, refused.headers['retry-after']]).toEqual([503, 'queue_unavailable', '5'])
  expect(refused.json().success).toBe(false)
  expect([sent.length, await namesIn(overflow)]).toEqual([0, []])
  script.fail = false
  expect((await running.post('/v1/track', event)).status).toBe(200)
})

test('it is ready while either takes events, and says which', async () => {
  let isFull = false
  const { script, overflow } = await setUp((files) => ({
    put: (name, body) => (isFull ? Promise.reject(new Error('scripted')) : files.put(name, body)),
  }))
  const ready = async () => {
    running.advance(1_000)
    const answer = await running.app.inject({ url: '/readyz' })
    return [answer.statusCode, answer.json().by ?? answer.json().code]
  }
  expect(await ready()).toEqual([200, 'queue'])
  script.fail = true
  expect(await ready()).toEqual([200, 'overflow'])
  expect(await namesIn(overflow)).toEqual([])
  isFull = true
  expect(await ready()).toEqual([503, 'queue_unavailable'])
})
