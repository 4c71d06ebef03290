import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createConnection, createServer } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import type { Env } from './service.ts'

const startLimitMs = 60_000
const stopLimitMs = 10_000
const pollMs = 50

export interface Server {
  /** What it has printed so far. */
  output(): string
  stop(): Promise<void>
  /** Ends it at once, with SIGKILL. */
  kill(): Promise<void>
}

/** Starts a program and waits until it is ready. Rejects with what it printed when it ends before, or takes a minute. */
export async function startServer(
  command: readonly string[],
  env: Env,
  isReady: (output: string) => Promise<boolean>,
): Promise<Server> {
  const [program = '', ...args] = command
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (output += text.toString()))
  let hasEnded = false
  const ended = new Promise<void>((resolve) => {
    child.once('error', (error) => (output += error.message))
    child.once('close', () => {
      hasEnded = true
      resolve()
    })
  })
  // It does not outlive a test command that was broken off.
  const killNow = (): void => void child.kill('SIGKILL')
  process.once('exit', killNow)
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (!hasEnded) child.kill(signal)
    const late = setTimeout(killNow, stopLimitMs)
    await ended
    clearTimeout(late)
    process.removeListener('exit', killNow)
  }
  const stop = (): Promise<void> => end('SIGTERM')
  const giveUpAt = Date.now() + startLimitMs
  while (!(await isReady(output))) {
    const isLate = Date.now() > giveUpAt
    if (hasEnded || isLate) {
      await stop()
      const how = isLate ? `was not ready after ${startLimitMs / 1000} s` : 'ended at once'
      throw new Error(`${program} ${how}: ${output.trim().split('\n').slice(-3).join('\n')}`)
    }
    await pause(pollMs)
  }
  return { output: () => output, stop, kill: () => end('SIGKILL') }
}

/** A port of 127.0.0.1 that was free a moment ago, for programs that cannot say which one they took. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

/** Whether somebody listens on a port of 127.0.0.1. */
export function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: '127.0.0.1', port })
    socket.once('error', () => resolve(false))
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
  })
}
