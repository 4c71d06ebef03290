import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { createScriptedQueue, startCollector } from '../support/collector.ts'

test("the settings name the address they were asked at, for Segment's browser library to send to", async () => {
  const { app, stop } = await startCollector()
  const response = await app.inject({
    url: '/v1/projects/wk-shop/settings',
    headers: { host: 't.example:8080' },
  })
  expect(response.statusCode).toBe(200)
  expect(response.json().integrations['Segment.io']).toMatchObject({
    apiKey: 'wk-shop',
    apiHost: 't.example:8080/v1',
    protocol: 'http',
  })
  expect(response.json().metrics.sampleRate).toBe(0)
  await stop()
})

test('behind a trusted proxy the settings name the address the browser sees', async () => {
  const { app, stop } = await startCollector({ trustProxy: true })
  const headers = { host: '10.0.0.1', 'x-forwarded-host': 't.example', 'x-forwarded-proto': 'https' }
  const response = await app.inject({ url: '/v1/projects/wk-shop/settings', headers })
  expect(response.json().integrations['Segment.io']).toMatchObject({ apiHost: 't.example/v1', protocol: 'https' })
  await stop()
})

test('a public URL, when given, is the one that counts', async () => {
  const { app, stop } = await startCollector({ publicUrl: 'https://shop.example/t/' })
  const response = await app.inject({ url: '/v1/projects/wk-shop/settings' })
  expect(response.json().integrations['Segment.io']).toMatchObject({ apiHost: 'shop.example/t/v1', protocol: 'https' })
  await stop()
})

test.each([
  ['nope', 't.example', 401, 'unknown_write_key'],
  ['wk-shop', 'evil"><script>', 404, 'not_found'],
  ['k'.repeat(300), 't.example', 404, 'not_found'],
])('no settings for key %s at host %s', async (key, host, status, code) => {
  const { app, stop } = await startCollector()
  const response = await app.inject({ url: `/v1/projects/${key}/settings`, headers: { host } })
  expect([response.statusCode, response.json().code]).toEqual([status, code])
  expect(response.body).not.toContain('script>')
  await stop()
})

describe.each([
  ['/sdk/v1.js', 'sdkFile'],
  ['/sdk/v1-all.js', 'sdkAllFile'],
])('%s', (url, option) => {
  test('is served compressed, by tag, and for ever under its hash', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'script-'))
    const file = join(folder, 'sdk.js')
    writeFileSync(file, 'console.log("hello")')
    const { app, stop } = await startCollector({ [option]: file })
    const plain = await app.inject({ url })
    expect(plain.body).toBe('console.log("hello")')
    expect(plain.headers['content-type']).toBe('text/javascript; charset=utf-8')
    expect(plain.headers['cache-control']).toContain('max-age=3600')
    const zipped = await app.inject({ url, headers: { 'accept-encoding': 'br, gzip;q=0.8' } })
    expect(zipped.headers['content-encoding']).toBe('gzip')
    expect(gunzipSync(zipped.rawPayload).toString()).toBe(plain.body)
    const refused = await app.inject({ url, headers: { 'accept-encoding': 'gzip;q=0' } })
    expect(refused.headers['content-encoding']).toBeUndefined()
    const etag = String(plain.headers.etag)
    const again = await app.inject({ url, headers: { 'if-none-match': `W/${etag}, "other"` } })
    expect([again.statusCode, again.body]).toEqual([304, ''])
    const pinned = await app.inject({ url: `${url}?v=${etag.replaceAll('"', '')}` })
    expect(pinned.headers['cache-control']).toContain('immutable')
    await stop()
    rmSync(folder, { recursive: true })
  })

  test('is a 404 while it is not there, and without the option', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'script-'))
    const file = join(folder, 'sdk.js')
    const { app, stop } = await startCollector({ [option]: file })
    expect((await app.inject({ url })).json().code).toBe('not_found')
    const without = await startCollector({ [option === 'sdkFile' ? 'sdkAllFile' : 'sdkFile']: file })
    writeFileSync(file, '1')
    expect((await app.inject({ url })).statusCode).toBe(200)
    expect((await without.app.inject({ url })).statusCode).toBe(404)
    await Promise.all([stop(), without.stop()])
    rmSync(folder, { recursive: true })
  })
})

test('alive is one thing, ready another: a queue that fails makes it unready and no more', async () => {
  const { queue, script } = createScriptedQueue()
  const { app, stop, advance } = await startCollector({ queue })
  const statuses = async (): Promise<number[]> => [
    (await app.inject({ url: '/healthz' })).statusCode,
    (await app.inject({ url: '/readyz' })).statusCode,
  ]
  expect(await statuses()).toEqual([200, 200])
  script.fail = true
  advance(1_000)
  expect(await statuses()).toEqual([200, 503])
  script.fail = false
  advance(1_000)
  expect(await statuses()).toEqual([200, 200])
  await stop()
})
