import { spawn } from 'node:child_process'

export interface RunOptions {
  cwd?: string
  env?: Readonly<Record<string, string | undefined>>
  /** After so long the command is ended and counts as failed. */
  limitMs?: number
  /** Shows the output as it comes instead of keeping it. */
  show?: boolean
}

export interface RunResult {
  /** 0 when all went well; 124 when the time ran out; 127 when there is no such command. */
  code: number
  /** Both streams as they came; empty with `show`. */
  output: string
  tookMs: number
}

/** Time between asking a command to end and ending it. */
const graceMs = 5_000

/** Runs a command to its end. Never throws: a command that cannot be started has failed like any other. */
export function runCommand(command: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const [file = '', ...args] = command
  const startedAt = performance.now()
  return new Promise((resolve) => {
    const child = spawn(file, args, {
      cwd: options.cwd,
      env: { ...options.env },
      stdio: options.show ? 'inherit' : ['ignore', 'pipe', 'pipe'],
    })
    const chunks: Buffer[] = []
    let timedOut = false
    let kill: NodeJS.Timeout | undefined
    const limit = setTimeout(
      () => {
        timedOut = true
        child.kill('SIGTERM')
        kill = setTimeout(() => child.kill('SIGKILL'), graceMs)
      },
      options.limitMs ?? 2 ** 31 - 1,
    )
    const finish = (code: number, note = ''): void => {
      clearTimeout(limit)
      clearTimeout(kill)
      const output = Buffer.concat(chunks).toString() + note
      resolve({ code, output, tookMs: performance.now() - startedAt })
    }
    child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk))
    child.stderr?.on('data', (chunk: Buffer) => chunks.push(chunk))
    child.on('error', (error) => finish(127, `${error.message}\n`))
    child.on('close', (code, signal) => {
      if (timedOut) finish(124, `ended after ${options.limitMs} ms\n`)
      else finish(code ?? 1, signal ? `ended by ${signal}\n` : '')
    })
  })
}
