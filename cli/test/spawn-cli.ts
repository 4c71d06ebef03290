import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))

export interface Service {
  child: ChildProcess
  /** From its ready line; empty for a service without a port. */
  url: string
  stdout(): string
  stderr(): string
  /** Resolves with exit code or signal. */
  ended: Promise<number | NodeJS.Signals | null>
}

/** Starts the command as a process of its own, from source, and resolves at its ready line. It is gone after the test. */
export async function startService(
  line: readonly string[],
  environment: Record<string, string> = {},
): Promise<Service> {
  const child = spawn(process.execPath, ['--conditions=source', main, ...line], {
    env: { PATH: process.env.PATH, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let out = ''
  let err = ''
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk.toString()
  })
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) => {
    child.on('exit', (code, signal) => resolve(code ?? signal))
  })
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await ended
  })
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString()
      const ready = /^ready ?(.*)$/m.exec(out)
      if (ready) resolve(ready[1] ?? '')
    })
    child.on('exit', (code) => reject(new Error(`it ended with ${code} before it was ready: ${err}`)))
  })
  return { child, url, stdout: () => out, stderr: () => err, ended }
}

/** Asks until the answer is there: what is acknowledged becomes visible a moment later. */
export async function eventually<T>(ask: () => Promise<T | undefined>, withinMs = 20_000): Promise<T> {
  const giveUpAt = Date.now() + withinMs
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    if (Date.now() > giveUpAt) throw new Error(`nothing came within ${withinMs} ms`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** A GET of the read API. */
export async function readApi<T>(url: string, token: string, path: string): Promise<T> {
  const response = await fetch(`${url}/api/v1${path}`, { headers: { authorization: `Bearer ${token}` } })
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`)
  return (await response.json()) as T
}
