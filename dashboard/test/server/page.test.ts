import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib'
import { silentLog } from '@trailstitch/backends'
import Fastify from 'fastify'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { pagePlugin } from '../../src/server/page.ts'

const script = 'console.log("hello")'
let folder: string

/** A build as Vite leaves it. */
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'page-'))
  await mkdir(join(folder, 'assets'))
  const html =
    '<meta name="csp-nonce" content="%NONCE%"><script type="module" src="/dashboard/assets/main-abc.js"></script>'
  const files: Record<string, string | Buffer> = {
    'index.html': html,
    'pages.json': JSON.stringify(['/', '/live', '/people/$profileId']),
    'manifest.json': '{}',
    'assets/main-abc.js': script,
    'assets/main-abc.js.br': brotliCompressSync(script),
    'assets/main-abc.js.gz': gzipSync(script),
    'assets/icon-abc.svg': '<svg/>',
    'assets/main-abc.js.map': 'secret',
  }
  for (const [name, body] of Object.entries(files)) await writeFile(join(folder, name), body)
})
afterEach(() => rm(folder, { recursive: true }))

async function open(more: { chartScript?: string } = {}) {
  const app = Fastify({ routerOptions: { maxParamLength: 9_216 } })
  await app.register(pagePlugin, { folder, deps: { log: silentLog }, ...more })
  return app
}

test('each address of the page and of the links in mails answers it, with a policy that runs nothing inline', async () => {
  const app = await open()
  for (const url of [
    '/',
    '/live',
    '/people/p1',
    `/people/${encodeURIComponent('a/b ü')}`,
    '/setup',
    '/reset',
    '/join',
  ]) {
    const { statusCode, headers } = await app.inject(url)
    expect([url, statusCode, headers['content-type']]).toEqual([url, 200, 'text/html; charset=utf-8'])
    expect(headers['content-security-policy']).toMatch(
      /^default-src 'self'; script-src 'self'; style-src 'self' 'nonce-/,
    )
    expect(headers['content-security-policy']).not.toContain('unsafe')
    expect(headers).toMatchObject({
      'cache-control': 'no-cache',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
    })
  }
  expect((await app.inject('/elsewhere')).statusCode).toBe(404)
})

test('each answer has a nonce of its own, the same in the page as in the policy', async () => {
  const app = await open()
  const nonces = []
  for (let index = 0; index < 2; index++) {
    const { body, headers } = await app.inject('/')
    const nonce = /content="([^"]+)"/.exec(body)?.[1]
    expect(headers['content-security-policy']).toContain(`'nonce-${nonce}'`)
    nonces.push(nonce)
  }
  expect(new Set(nonces).size).toBe(2)
})

test('files are kept for good and come as small as the browser takes them', async () => {
  const app = await open()
  const ask = (accepted: string) =>
    app.inject({ url: '/dashboard/assets/main-abc.js', headers: { 'accept-encoding': accepted } })
  const plain = await ask('')
  expect(plain.headers).toMatchObject({
    'cache-control': 'public, max-age=31536000, immutable',
    'content-type': 'text/javascript; charset=utf-8',
    vary: 'accept-encoding',
  })
  expect(plain.headers['content-encoding']).toBeUndefined()
  expect(plain.body).toBe(script)
  const brotli = await ask('gzip, deflate, br')
  expect(brotli.headers['content-encoding']).toBe('br')
  expect(brotliDecompressSync(brotli.rawPayload).toString()).toBe(script)
  const gzip = await ask('br;q=0, gzip;q=0.5')
  expect(gzip.headers['content-encoding']).toBe('gzip')
  expect(gunzipSync(gzip.rawPayload).toString()).toBe(script)
  const small = await app.inject({ url: '/dashboard/assets/icon-abc.svg', headers: { 'accept-encoding': 'br' } })
  expect([small.headers['content-encoding'], small.body]).toEqual([undefined, '<svg/>'])
})

test('no path leads to another file', async () => {
  const app = await open()
  const names = [
    '../index.html',
    '..%2fmanifest.json',
    '%2e%2e/pages.json',
    'assets/..%5cpages.json',
    'assets/%2fetc%2fpasswd',
    'assets/main-abc.js.map',
    'assets/main-abc.js.br',
    'assets/main-abc.js%00.css',
    'manifest.json',
    'assets/',
    '',
  ]
  for (const name of names) {
    const { statusCode } = await app.inject(`/dashboard/${name}`)
    expect([name, [400, 404].includes(statusCode)]).toEqual([name, true])
  }
})

test('without a build the page says what to do', async () => {
  await rm(join(folder, 'index.html'))
  const { statusCode, body } = await (await open()).inject('/')
  expect([statusCode, body]).toEqual([503, 'The dashboard is not built: npm run build.\n'])
})

test('the script of embedded charts is for pages of every origin, and is asked for again by its tag', async () => {
  const file = join(folder, 'v1.js')
  const app = await open({ chartScript: file })
  expect((await app.inject('/embed/v1.js')).statusCode).toBe(404)
  await writeFile(file, script)
  const { statusCode, headers, body } = await app.inject('/embed/v1.js')
  expect([statusCode, body]).toEqual([200, script])
  expect(headers).toMatchObject({
    'content-type': 'text/javascript; charset=utf-8',
    'cross-origin-resource-policy': 'cross-origin',
    'cache-control': expect.stringContaining('max-age=3600'),
  })
  const again = await app.inject({ url: '/embed/v1.js', headers: { 'if-none-match': String(headers.etag) } })
  expect([again.statusCode, again.body]).toEqual([304, ''])
  expect((await (await open()).inject('/embed/v1.js')).statusCode).toBe(404)
})
