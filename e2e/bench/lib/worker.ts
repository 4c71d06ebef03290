import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'

/** A process of ours that does one thing at a time when asked. */
export interface Worker<Request, Reply> {
  readonly pid: number
  ask(request: Request): Promise<Reply>
  stop(): Promise<void>
}

type Message<Reply> = { reply: Reply } | { error: string }

/**
 * Starts `file` as a process, on one core alone where `core` is given and the system can do that. It ends with this
 * process, however that ends.
 */
export function startWorker<Request, Reply>(file: URL, args: readonly string[], core?: number): Worker<Request, Reply> {
  const command = [process.execPath, ...process.execArgv, file.pathname, ...args]
  const [program = '', ...rest] = core !== undefined && canPin() ? ['taskset', '-c', String(core), ...command] : command
  const child = spawn(program, rest, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  return {
    pid: child.pid ?? 0,
    async ask(request) {
      child.send(request as object)
      const message = await nextMessage<Reply>(child)
      if ('error' in message) throw new Error(message.error)
      return message.reply
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.disconnect()
      await once(child, 'exit')
    },
  }
}

async function nextMessage<Reply>(child: ChildProcess): Promise<Message<Reply>> {
  const over = new AbortController()
  const { signal } = over
  try {
    return await Promise.race([
      once(child, 'message', { signal }).then(([message]) => message as Message<Reply>),
      once(child, 'exit', { signal }).then(([code]) => ({ error: `a process of the benchmark ended with ${code}` })),
    ])
  } finally {
    over.abort()
  }
}

/** Whether processes can be held to a core of their own here. Elsewhere the system places them as it likes. */
export function canPin(): boolean {
  return availableParallelism() >= 2 && spawnSync('taskset', ['-c', '0,1', 'true']).status === 0
}

/** The worker's side: answers what is asked, and ends when nobody can ask any more. */
export function serveParent<Request, Reply>(
  handle: (request: Request) => Promise<Reply>,
  end?: () => Promise<void>,
): void {
  process.on('message', (request: Request) => {
    handle(request).then(
      (reply) => process.send?.({ reply }),
      (error: unknown) => process.send?.({ error: String((error as Error)?.stack ?? error) }),
    )
  })
  process.on('disconnect', () => {
    const leave = (): void => process.exit()
    Promise.resolve(end?.()).then(leave, leave)
  })
}
