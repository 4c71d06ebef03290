import { once } from 'node:events'
import { createConnection, createServer, type Server, type Socket } from 'node:net'
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest'
import { createFaultProxy, type FaultProxy } from './fixtures/fault-proxy.ts'

let echo: Server
let proxy: FaultProxy
let received = ''
beforeEach(async () => {
  received = ''
  echo = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.on('data', (piece) => {
      received += piece.toString()
      socket.write(piece)
    })
  }).listen(0, '127.0.0.1')
  await once(echo, 'listening')
  proxy = await createFaultProxy({ host: '127.0.0.1', port: echoPort() })
})
afterEach(async () => {
  await proxy.close()
  echo.close()
})

const echoPort = (): number => (echo.address() as { port: number }).port

async function dial(): Promise<Socket> {
  const socket = createConnection({ host: '127.0.0.1', port: proxy.port })
  onTestFinished(() => void socket.destroy())
  await once(socket, 'connect')
  return socket
}
/** What comes back for `text`, or the code of the error that does. */
async function ask(socket: Socket, text: string): Promise<string> {
  socket.write(text)
  return once(socket, 'data').then(String, (error: NodeJS.ErrnoException) => error.code ?? '')
}

test('without a fault everything passes', async () => {
  expect(await ask(await dial(), 'hello')).toBe('hello')
})

test('what a hang held passes when it is over', async () => {
  const socket = await dial()
  await proxy.set({ kind: 'hang' })
  const answer = ask(socket, 'hello')
  const direct = createConnection({ host: '127.0.0.1', port: echoPort() })
  expect(await ask(direct, 'direct')).toBe('direct')
  direct.destroy()
  expect(received).toBe('direct')
  await proxy.set({ kind: 'none' })
  expect(await answer).toBe('hello')
})

test('a delay counts both ways', async () => {
  const socket = await dial()
  await proxy.set({ kind: 'delay', ms: 60 })
  const startedAt = performance.now()
  expect(await ask(socket, 'hello')).toBe('hello')
  expect(performance.now() - startedAt).toBeGreaterThan(110)
})

test('a reset comes after so many bytes', async () => {
  const socket = await dial()
  await proxy.set({ kind: 'reset', afterBytes: 5 })
  expect(await ask(socket, 'hello')).toBe('hello')
  expect(await ask(socket, '!')).toBe('ECONNRESET')
  expect(received).toBe('hello')
})

test('a lost answer is one the server gave', async () => {
  const socket = await dial()
  await proxy.set({ kind: 'lose-answer' })
  expect(await ask(socket, 'hello')).toBe('ECONNRESET')
  expect(received).toBe('hello')
})

test('a bit is turned in the answer only', async () => {
  const socket = await dial()
  await proxy.set({ kind: 'garble', afterBytes: 4 })
  expect(await ask(socket, 'hello')).toBe('helln')
  expect(received).toBe('hello')
})

test('a refusal resets what is open, and the port is the same afterwards', async () => {
  const socket = await dial()
  const lost = once(socket, 'data').catch((error: NodeJS.ErrnoException) => error.code)
  await proxy.set({ kind: 'refuse' })
  expect(await lost).toBe('ECONNRESET')
  await expect(dial()).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  await proxy.set({ kind: 'none' })
  expect(await ask(await dial(), 'hello')).toBe('hello')
})
