import { readdir, readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { createDashboardApp } from '../../src/server/app.ts'
import { createOptions } from './scripted.ts'

const folder = new URL('../../src/server/page/', import.meta.url)
const open = () => createDashboardApp(createOptions({}))

test('the page is served at its addresses, with a policy that runs nothing inline', async () => {
  const app = await open()
  for (const url of ['/', '/people/p1', `/people/${encodeURIComponent('a/b ü')}`]) {
    const response = await app.inject(url)
    expect([url, response.statusCode, response.headers['content-type']]).toEqual([url, 200, 'text/html; charset=utf-8'])
    expect(response.headers['content-security-policy']).toMatch(/^default-src 'self';/)
    expect(response.headers['content-security-policy']).not.toContain('unsafe')
    expect(response.headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'x-frame-options': 'DENY',
    })
    expect(response.body).not.toMatch(/<script(?![^>]* src=)|<style| style=| on\w+=/)
  }
})

test('every file of the page is served, with its type', async () => {
  const app = await open()
  const types: Record<string, string> = { js: 'text/javascript', css: 'text/css', svg: 'image/svg+xml' }
  const names = (await readdir(folder)).filter((name) => name !== 'index.html')
  for (const name of names) {
    const response = await app.inject(`/dashboard/${name}`)
    const type = types[name.split('.').at(-1) ?? '']
    expect([name, response.statusCode, response.headers['content-type']]).toEqual([name, 200, `${type}; charset=utf-8`])
    expect(response.body).toBe(await readFile(new URL(name, folder), 'utf8'))
  }
  for (const [, href] of (await app.inject('/')).body.matchAll(/(?:href|src)="(\/dashboard\/[^"]+)"/g))
    expect((await app.inject(href ?? '')).statusCode).toBe(200)
})

test('no path leads to another file', async () => {
  const app = await open()
  const names = [
    '../page.ts',
    '..%2fpage.ts',
    '%2e%2e/page.ts',
    '..%5cpage.ts',
    '....//page.ts',
    '%2fetc%2fpasswd',
    'main.js%00.css',
    '',
    'index.html/..',
    '.',
  ]
  for (const name of names) {
    const { statusCode, body } = await app.inject(`/dashboard/${name}`)
    expect([name, [400, 404].includes(statusCode), body.includes('pagePlugin'), body.includes('root:')]).toEqual([
      name,
      true,
      false,
      false,
    ])
  }
})

test('the scripts of the page turn no data into markup', async () => {
  for (const name of await readdir(folder)) {
    if (!name.endsWith('.js')) continue
    const text = await readFile(new URL(name, folder), 'utf8')
    expect([name, /innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function/.test(text)]).toEqual([
      name,
      false,
    ])
  }
})
