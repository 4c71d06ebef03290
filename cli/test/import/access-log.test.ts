import { expect, test } from 'vitest'
import { isPage, parseAccessLogLine, parseTarget } from '../../src/import/access-log.ts'
import { createAccessLogReader } from '../../src/import/access-log-events.ts'

const date = '[17/May/2015:10:05:03 +0000]'
const line = ({
  head = `1.2.3.4 - - ${date}`,
  request = '"GET / HTTP/1.1"',
  figures = '200 5',
  referrer = '"-"',
  agent = '"UA"',
}) => `${head} ${request} ${figures} ${referrer} ${agent}`

test('a plain line gives all its fields', () => {
  expect(parseAccessLogLine(line({ referrer: '"http://a.example/?q=1"' }))).toEqual({
    ip: '1.2.3.4',
    time: Date.UTC(2015, 4, 17, 10, 5, 3),
    method: 'GET',
    target: '/',
    status: 200,
    bytes: 5,
    referrer: 'http://a.example/?q=1',
    userAgent: 'UA',
  })
})

test.each([
  ['an IPv6 address', { head: `2001:db8::1 - - ${date}` }, { ip: '2001:db8::1' }],
  ['a name for an address', { head: `host.example - - ${date}` }, { ip: 'host.example' }],
  ['a user', { head: `1.2.3.4 - frank ${date}` }, { ip: '1.2.3.4' }],
  ['a user with spaces and a bracket', { head: `1.2.3.4 - f [r] k ${date}` }, { ip: '1.2.3.4' }],
  [
    'a time zone ahead',
    { head: '1.2.3.4 - - [17/May/2015:10:05:03 +0530]' },
    { time: Date.UTC(2015, 4, 17, 4, 35, 3) },
  ],
  ['a time zone behind', { head: '1.2.3.4 - - [31/Dec/2014:23:30:00 -0800]' }, { time: Date.UTC(2015, 0, 1, 7, 30) }],
  ['a leap second', { head: '1.2.3.4 - - [31/Dec/2016:23:59:60 +0000]' }, { time: Date.UTC(2017, 0, 1) }],
  ['no bytes', { figures: '304 -' }, { status: 304 }],
  ['quotes inside the user agent', { agent: '"a \\"b\\" c"' }, { userAgent: 'a \\"b\\" c' }],
  ['quotes inside the referrer', { referrer: '"x\\" \\"y"', agent: '"z"' }, { referrer: 'x\\" \\"y', userAgent: 'z' }],
  ['a backslash before the closing quote', { agent: '"a\\\\"' }, { userAgent: 'a\\\\' }],
  ['quotes inside the request', { request: '"GET /a\\"b HTTP/1.1"' }, { target: '/a\\"b' }],
  ['spaces inside the target', { request: '"GET /a b HTTP/1.1"' }, { target: '/a b' }],
  ['no protocol', { request: '"GET /old"' }, { target: '/old' }],
  ['a method alone', { request: '"GET"' }, { method: 'GET', target: '' }],
  ['a method with a dash', { request: '"M-SEARCH * HTTP/1.1"' }, { method: 'M-SEARCH', target: '*' }],
  ['empty referrer and user agent', { referrer: '""', agent: '""' }, { referrer: '', userAgent: '' }],
  ['more fields behind', { agent: '"UA" "10.0.0.1" 0.003' }, { userAgent: 'UA' }],
])('a line with %s is parsable', (_, given, expected) => {
  expect(parseAccessLogLine(line(given))).toMatchObject(expected)
})

test.each([
  ['nothing', ''],
  ['no closing quote', line({}).slice(0, -1)],
  ['an escaped closing quote', line({ agent: '"UA\\"' })],
  ['the common format', line({}).split(' "-"')[0] ?? ''],
  ['no user agent', line({ agent: '' })],
  ['something glued to the user agent', line({ agent: '"UA"x' })],
  ['an empty request', line({ request: '"-"' })],
  ['a request of bytes', line({ request: '"\\x16\\x03\\x01"' })],
  ['a request in small letters', line({ request: '"get / HTTP/1.1"' })],
  ['a request without quotes', line({ request: 'GET / HTTP/1.1' })],
  ['a status of words', line({ figures: 'OK 5' })],
  ['negative bytes', line({ figures: '200 -5' })],
  ['a month that does not exist', line({ head: '1.2.3.4 - - [17/Mai/2015:10:05:03 +0000]' })],
  ['a day that does not exist', line({ head: '1.2.3.4 - - [30/Feb/2015:10:05:03 +0000]' })],
  ['an hour that does not exist', line({ head: '1.2.3.4 - - [17/May/2015:24:05:03 +0000]' })],
  ['no time zone', line({ head: '1.2.3.4 - - [17/May/2015:10:05:03]' })],
  ['no user', line({ head: `1.2.3.4 - ${date}` })],
])('a line with %s is unparsable', (_, text) => {
  expect(parseAccessLogLine(text)).toBeUndefined()
})

test.each([
  ['/', true],
  ['/about', true],
  ['/index.html', true],
  ['/INDEX.HTM', true],
  ['/a.b/c', true],
  ['/x.php?file=a.png', true],
  ['/x.jsp#a.png', true],
  ['/a.asp', true],
  ['/a.aspx', true],
  ['/a.tar.gz', false],
  ['/style.css', false],
  ['/page.xhtml', false],
  ['/?q=a.png', true],
  ['http://proxy.example', true],
  ['http://proxy.example/a.png', false],
])('a GET of %s is a page: %s', (target, expected) => {
  const entry = parseAccessLogLine(line({ request: `"GET ${target} HTTP/1.1"` }))
  expect(entry && isPage(entry, parseTarget(entry.target).path)).toBe(expected)
})

test('only a GET that did not fail is a page', () => {
  const pageOf = (request: string, status: number) => {
    const entry = parseAccessLogLine(line({ request: `"${request} / HTTP/1.1"`, figures: `${status} 1` }))
    return entry && isPage(entry, '/')
  }
  expect(pageOf('GET', 399)).toBe(true)
  expect(pageOf('GET', 400)).toBe(false)
  expect(pageOf('HEAD', 200)).toBe(false)
  expect(pageOf('POST', 200)).toBe(false)
})

const readLine = (text: string, site?: string) =>
  createAccessLogReader(site === undefined ? {} : { site })({ text, number: 1, id: 'id-1' })

test('a page becomes a page event with where it was, and the user agent as it stands', () => {
  const text = line({
    request: '"GET /a?utm_source=x#y HTTP/1.1"',
    referrer: '"http://r.example/"',
    agent: '"A \\"B\\""',
  })
  expect(readLine(text, 'https://s.example')?.event).toEqual({
    type: 'page',
    messageId: 'id-1',
    anonymousId: expect.stringMatching(/^[0-9a-f]{32}$/),
    timestamp: '2015-05-17T10:05:03.000Z',
    context: {
      ip: '1.2.3.4',
      userAgent: 'A \\"B\\"',
      page: {
        path: '/a',
        url: 'https://s.example/a?utm_source=x',
        search: '?utm_source=x',
        referrer: 'http://r.example/',
      },
    },
    properties: {
      path: '/a',
      url: 'https://s.example/a?utm_source=x',
      search: '?utm_source=x',
      referrer: 'http://r.example/',
      status: 200,
      bytes: 5,
    },
  })
})

test('anything else becomes a track "Request" with method, path, status and bytes', () => {
  const { event } = readLine(line({ request: '"POST /form?x=1 HTTP/1.1"', figures: '404 12' })) ?? {}
  expect(event).toMatchObject({
    type: 'track',
    event: 'Request',
    properties: { method: 'POST', path: '/form', status: 404, bytes: 12 },
  })
})

test('a visitor is an address with a user agent', () => {
  const visitor = (given: Parameters<typeof line>[0]) => readLine(line(given))?.visitor
  expect(visitor({})).toBe(visitor({ request: '"HEAD /x HTTP/1.0"' }))
  expect(visitor({})).not.toBe(visitor({ agent: '"other"' }))
  expect(visitor({})).not.toBe(visitor({ head: `1.2.3.5 - - ${date}` }))
})
