import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { arrivals, basic, createScriptedQueue, type Running, startCollector } from './support/collector.ts'

let running: Running
/** Requests whose headers the server has read. */
let requests: number
afterEach(() => running.stop())

const body = JSON.stringify({ anonymousId: 'a', event: 'x' })
const head = (length: number): string =>
  `POST /v1/track HTTP/1.1\r\nhost: x\r\nauthorization: ${basic('wk-shop')}\r\ncontent-length: ${length}\r\n\r\n`

async function listen(): Promise<number> {
  requests = 0
  running.app.server.on('request', () => requests++)
  await running.app.listen({ port: 0, host: '127.0.0.1' })
  return (running.app.server.address() as AddressInfo).port
}

/** A connection that is held open by hand. */
function open(port: number): {
  write(text: string): void
  until(pattern: RegExp): Promise<string>
  closed: Promise<void>
} {
  const socket = connect(port, '127.0.0.1')
  let text = ''
  socket.on('data', (chunk) => {
    text += chunk
  })
  socket.on('error', () => {})
  return {
    write: (part) => void socket.write(part),
    until: async (pattern) => {
      await expect.poll(() => text, { timeout: 10_000, interval: 5 }).toMatch(pattern)
      return text
    },
    closed: new Promise((resolve) => socket.on('close', () => resolve())),
  }
}

test('stopping refuses new work, finishes what is under way, and only then closes', async () => {
  const { queue, script } = createScriptedQueue()
  let release = (): void => {}
  script.hold = new Promise((resolve) => {
    release = resolve
  })
  running = await startCollector({ queue })
  const port = await listen()
  const accepted = open(port)
  accepted.write(head(body.length) + body)
  const arriving = open(port)
  arriving.write(head(body.length))
  await expect.poll(() => requests).toBe(2)

  let isClosed = false
  const closed = running.app.close().then(() => {
    isClosed = true
  })
  await expect.poll(() => running.app.server.listening, { interval: 5 }).toBe(false)
  arriving.write(body)
  expect(isClosed).toBe(false)
  release()
  expect(await accepted.until(/\r\n\r\n.*}/s)).toMatch(/^HTTP\/1\.1 200/)
  expect(await arriving.until(/\r\n\r\n.*}/s)).toMatch(/^HTTP\/1\.1 200/)
  const began = performance.now()
  await closed
  expect(performance.now() - began).toBeLessThan(2_000)
  expect(await arrivals(queue)).toHaveLength(2)
})

test('on a connection that stays open, a new request hears stopping and the connection ends', async () => {
  const { queue, script } = createScriptedQueue()
  let release = (): void => {}
  script.hold = new Promise((resolve) => {
    release = resolve
  })
  running = await startCollector({ queue })
  const port = await listen()
  const busy = open(port)
  busy.write(head(body.length) + body)
  await expect.poll(() => requests).toBe(1)
  const closed = running.app.close()
  await expect.poll(() => running.app.server.listening, { interval: 5 }).toBe(false)
  busy.write(head(body.length) + body)
  await expect.poll(() => requests).toBe(2)
  release()
  const [, first = '', second = ''] = (await busy.until(/ 503 .*\r\n\r\n.*}/s)).split('HTTP/1.1 ')
  expect(first).toMatch(/^200/)
  expect(second).toMatch(/^503/)
  expect(second).toContain('"code":"stopping"')
  expect(second.toLowerCase()).toContain('connection: close')
  expect(second.toLowerCase()).toContain('retry-after: 5')
  await closed
  await busy.closed
  expect(await arrivals(queue)).toHaveLength(1)
})

test('a body that does not end is given up after the grace', async () => {
  running = await startCollector({ limits: { stopGraceMs: 50 } })
  const port = await listen()
  const slow = open(port)
  slow.write(`${head(1_000)}{`)
  await expect.poll(() => requests).toBe(1)
  const closed = running.app.close()
  const text = await slow.until(/\r\n\r\n.*}/s)
  expect(text).toMatch(/^HTTP\/1\.1 503/)
  expect(text).toContain('"code":"stopping"')
  await closed
})
