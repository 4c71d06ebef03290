import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { silentLog } from '@trailstitch/backends'
import { onTestFinished } from 'vitest'
import { createStyle } from '../src/output.ts'
import { runCommandLine } from '../src/run-command-line.ts'

export interface Ended {
  exitCode: number
  stdout: string
  stderr: string
}

export interface Given {
  stdin?: string | Buffer
  environment?: Record<string, string>
  stop?: AbortSignal
  /** Default: the clock of the machine. */
  now?: () => number
}

/** Runs a command in this process, as main.ts would, and resolves with what it wrote. */
export async function runCli(
  line: readonly string[],
  { stdin = '', environment = {}, stop, now = Date.now }: Given = {},
): Promise<Ended> {
  const stdout = collect()
  const stderr = collect()
  const exitCode = await runCommandLine({
    line,
    environment,
    io: {
      stdin: Readable.from([Buffer.from(stdin)]),
      stdout: stdout.stream,
      stderr: stderr.stream,
      interactive: false,
      style: createStyle(false),
      deps: { now, log: silentLog },
      stop: stop ?? new AbortController().signal,
    },
  })
  return { exitCode, stdout: stdout.text(), stderr: stderr.text() }
}

function collect() {
  const chunks: Buffer[] = []
  const stream = new PassThrough()
  stream.on('data', (chunk: Buffer) => chunks.push(chunk))
  return { stream, text: () => Buffer.concat(chunks).toString() }
}

/** A folder of its own for a test, gone after it. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'trailstitch-cli-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
