import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { serviceEnv } from './config.ts'

export type Command = 'start' | 'collector' | 'processor' | 'dashboard'

export interface Exit {
  code: number | null
  signal: NodeJS.Signals | null
}

/** A `trailstitch` process. */
export interface Service {
  readonly pid: number
  /** Resolves with its address, '' for one that does not listen. Rejects with what it said when it ends before. */
  readonly ready: Promise<string>
  readonly exited: Promise<Exit>
  /** The latest of what it wrote to stderr, 64 KiB at most. */
  log(): string
  /** Sends the signal, if it still runs, and resolves with its end. */
  end(signal: NodeJS.Signals): Promise<Exit>
}

export interface Services {
  /** `env` comes on top of what every service has. */
  start(command: Command, flags: readonly string[], env?: Readonly<Record<string, string>>): Service
  /** Ends all that still run, at once. For afterEach and afterAll: nothing may outlive a test, failed or not. */
  killAll(): Promise<void>
}

const program = fileURLToPath(new URL('../../cli/bin/trailstitch.js', import.meta.url))
const maxLogLength = 65_536

/** Starts processes of the built command, and remembers them until they are gone. */
export function createServices(): Services {
  const running = new Set<Service>()
  // The last resort, for a test run that is itself cut short.
  const killOnExit = (): void => {
    for (const { pid } of running) process.kill(pid, 'SIGKILL')
  }
  process.once('exit', killOnExit)

  return {
    start(command, flags, env = {}) {
      const service = startService(command, flags, env)
      running.add(service)
      const forget = (): void => void running.delete(service)
      service.exited.then(forget, forget)
      return service
    },
    async killAll() {
      await Promise.all([...running].map((service) => service.end('SIGKILL')))
      process.off('exit', killOnExit)
    },
  }
}

function startService(command: Command, flags: readonly string[], env: Readonly<Record<string, string>>): Service {
  // This very Node: an older one would start a second process, and a kill would hit the wrong one.
  const child = spawn(process.execPath, [program, command, ...flags], {
    env: { ...serviceEnv, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const { pid } = child
  if (pid === undefined) throw new Error(`trailstitch ${command} could not be started`)
  const exited = new Promise<Exit>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }))
  })
  let text = ''
  child.stderr.setEncoding('utf8').on('data', (more: string) => {
    text = (text + more).slice(-maxLogLength)
  })
  const ready = Promise.race([
    readAddress(child),
    exited.then((exit) => {
      throw new Error(`trailstitch ${command} ended before it was ready: ${JSON.stringify(exit)}\n${text}`)
    }),
  ])
  // Whoever kills it before it is ready does not ask for its address.
  ready.catch(() => {})
  return {
    pid,
    ready,
    exited,
    log: () => text,
    end(signal) {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal)
      return exited
    },
  }
}

function readAddress(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    child.stdout?.setEncoding('utf8').on('data', (more: string) => {
      text += more
      const line = /^ready ?(.*)\n/m.exec(text)
      if (line) resolve(line[1] ?? '')
    })
  })
}

/** Runs a command of the built program to its end and resolves with its stdout. Rejects, with its stderr, when it fails. */
export async function runCommand(line: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
  const run = promisify(execFile)
  return (await run(process.execPath, [program, ...line], { env: { ...serviceEnv, ...env } })).stdout
}

/** A port of 127.0.0.1 that nobody listens on now. For services that have to come back where they were. */
export function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}
