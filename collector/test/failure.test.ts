import { expect, test } from 'vitest'
import { arrivals, createScriptedQueue, startCollector } from './support/collector.ts'

const event = { anonymousId: 'a', event: 'x' }

test('nothing is acknowledged that the queue did not confirm, and work goes on once it does', async () => {
  const { queue, script, sent } = createScriptedQueue()
  const running = await startCollector({ queue })
  script.fail = true
  const refused = await running.post('/v1/track', event)
  expect([refused.status, refused.json().code, refused.headers['retry-after']]).toEqual([503, 'queue_unavailable', '5'])
  expect(refused.json().success).toBe(false)
  expect(sent).toHaveLength(0)
  script.fail = false
  expect((await running.post('/v1/track', event)).status).toBe(200)
  expect(await arrivals(queue)).toHaveLength(1)
  await running.stop()
})

test('a request of refused events alone is a 503, too, when it can not be kept', async () => {
  const { queue, script } = createScriptedQueue()
  const running = await startCollector({ queue })
  script.fail = true
  expect((await running.post('/v1/track', {})).status).toBe(503)
  await running.stop()
})

test('an answer waits until the queue has confirmed', async () => {
  const { queue, script } = createScriptedQueue()
  let release = (): void => {}
  script.hold = new Promise((resolve) => {
    release = resolve
  })
  const running = await startCollector({ queue })
  let answered = false
  const answer = running.post('/v1/track', event).then((result) => {
    answered = true
    return result
  })
  // Other routes answer meanwhile, so this one had every chance.
  for (let count = 0; count < 20; count++) await running.app.inject({ url: '/healthz' })
  expect(answered).toBe(false)
  release()
  expect((await answer).status).toBe(200)
  await running.stop()
})

test('what nobody foresaw is a 500 that is logged and says nothing', async () => {
  const running = await startCollector({
    projects: {
      all: () => [],
      byId: () => undefined,
      byKey: () => {
        throw new Error('secret detail')
      },
    },
  })
  const answer = await running.post('/v1/track', event)
  expect([answer.status, answer.json().code]).toEqual([500, 'internal'])
  expect(answer.text).not.toContain('secret')
  expect(running.logged).toEqual(['request failed'])
  await running.stop()
})
