import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Running, startCollector } from './support/collector.ts'

let running: Running
beforeAll(async () => {
  running = await startCollector()
})
afterAll(() => running.stop())

test.each(['/v1/track', '/v1/b', '/v1/projects/wk-shop/settings', '/sdk/v1.js', '/sdk/v1-all.js'])(
  'a preflight of %s is answered for a day',
  async (url) => {
    const response = await running.app.inject({
      method: 'OPTIONS',
      url,
      headers: {
        origin: 'https://shop.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type,authorization',
      },
    })
    expect(response.statusCode).toBe(204)
    expect(response.body).toBe('')
    expect(response.headers['access-control-max-age']).toBe('86400')
    expect(response.headers['access-control-allow-origin']).toBe('*')
    expect(response.headers['access-control-allow-headers']).toContain('authorization')
    expect(response.headers['access-control-allow-headers']).toContain('content-encoding')
    expect(response.headers['access-control-allow-methods']).toContain('POST')
  },
)

test.each([
  ['taken', '/v1/track', { anonymousId: 'a', event: 'x' }],
  ['refused', '/v1/track', {}],
  ['lost', '/v1/nowhere', {}],
])('an answer to a page can be read by it, and no credentials are invited: %s', async (_what, url, body) => {
  const { headers } = await running.post(url, body, { origin: 'https://shop.example', cookie: 'a=b' })
  expect(headers['access-control-allow-origin']).toBe('*')
  expect(headers['access-control-allow-credentials']).toBeUndefined()
  expect(headers['set-cookie']).toBeUndefined()
  expect(headers['x-content-type-options']).toBe('nosniff')
})
