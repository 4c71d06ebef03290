import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runCommand } from '../testing/run-command.ts'
import type { Certificate } from './certificate.ts'
import { freePort } from './server.ts'

/** One process, a server or a sentinel. */
export interface RedisProcess {
  port: number
  /** Where it speaks TLS; 0 without a certificate. */
  tlsPort: number
  /** Ends it at once and resolves when it is gone. */
  kill(): Promise<void>
  /** `SIGSTOP` makes it hang, `SIGCONT` go on. */
  signal(signal: NodeJS.Signals): void
  /** Starts it again on its port; what it held is gone. */
  restart(): Promise<void>
}

/** Starts Redis processes in a temporary folder and ends them together. Nothing is kept on disk. */
export interface RedisServers {
  /** A server by itself, on a free port, with more arguments for `redis-server`. */
  start(...args: string[]): Promise<RedisProcess>
  /** Three masters and a replica of each. Resolves when all slots are served and the replicas are in step. */
  startCluster(): Promise<RedisProcess[]>
  /** A sentinel that watches the server of this port under this name and needs nobody's consent for a failover. */
  startSentinel(name: string, port: number): Promise<RedisProcess>
  /** What `redis-cli` prints when it asks the server of this port. */
  ask(port: number, ...command: string[]): Promise<string>
  stop(): Promise<void>
}

const startLimitMs = 10_000
const clusterLimitMs = 30_000

/** `program` is the path of `redis-server`; `redis-cli` is expected on the PATH. With a certificate all speak TLS, too. */
export function createRedisServers(program: string, certificate?: Certificate): RedisServers {
  let made: string | undefined
  // Made by the first start, so that tests which are skipped leave nothing behind.
  const folder = (): string => {
    made ??= mkdtempSync(join(tmpdir(), 'trailstitch-redis-'))
    return made
  }
  const running = new Set<ChildProcess>()

  const ask: RedisServers['ask'] = async (port, ...command) => {
    const { output } = await runCommand(['redis-cli', '-p', `${port}`, ...command], { env: process.env })
    return output.trim()
  }

  const run = async (port: number, tlsPort: number, args: readonly string[]): Promise<RedisProcess> => {
    let child: ChildProcess
    const restart = async (): Promise<void> => {
      child = spawn(program, args, { stdio: 'ignore' })
      running.add(child)
      // One that wants a password says so, and is as ready as the others.
      const answers = async (): Promise<boolean> => /^(PONG|NOAUTH)/.test(await ask(port, 'PING'))
      await until(answers, startLimitMs, `redis-server on port ${port}`)
    }
    await restart()
    return { port, tlsPort, kill: () => end(child, running), signal: (signal) => void child.kill(signal), restart }
  }

  const start: RedisServers['start'] = async (...args) => {
    const port = await freePort()
    const tlsPort = certificate ? await freePort() : 0
    const place = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder(), '--logfile', `${port}.log`]
    const memoryOnly = ['--save', '', '--appendonly', 'no', '--repl-diskless-sync-delay', '0']
    return run(port, tlsPort, [...place, ...memoryOnly, ...tlsArguments(tlsPort, certificate), ...args])
  }

  return {
    start,
    ask,
    async startCluster() {
      const nodes: RedisProcess[] = []
      for (let count = 0; count < 6; count++) {
        const bus = await freePort()
        const own = ['--cluster-port', `${bus}`, '--cluster-config-file', `nodes-${bus}.conf`]
        // Servers tell clients of each other's TLS ports only if they speak TLS among themselves.
        const tls = certificate ? ['--tls-cluster', 'yes', '--tls-replication', 'yes'] : []
        nodes.push(await start('--cluster-enabled', 'yes', '--cluster-node-timeout', '1500', ...own, ...tls))
      }
      await formCluster(nodes, certificate)
      for (const node of nodes)
        await until(() => isInCluster(node, ask), clusterLimitMs, `the cluster node on port ${node.port}`)
      return nodes
    },
    async startSentinel(name, port) {
      const own = await freePort()
      const file = join(folder(), `sentinel-${own}.conf`)
      writeFileSync(file, sentinelSettings(own, folder(), name, port))
      return run(own, 0, [file, '--sentinel'])
    },
    async stop() {
      await Promise.all([...running].map((child) => end(child, running)))
      if (made !== undefined) rmSync(made, { recursive: true, force: true })
    },
  }
}

function sentinelSettings(own: number, folder: string, name: string, port: number): string {
  const settings = [
    `port ${own}`,
    'bind 127.0.0.1',
    `dir ${folder}`,
    `logfile ${own}.log`,
    `sentinel monitor ${name} 127.0.0.1 ${port} 1`,
    `sentinel down-after-milliseconds ${name} 500`,
    `sentinel failover-timeout ${name} 2000`,
  ]
  return `${settings.join('\n')}\n`
}

function tlsArguments(port: number, certificate: Certificate | undefined): string[] {
  if (!certificate) return []
  const { certificateFile, keyFile } = certificate
  const files = ['--tls-cert-file', certificateFile, '--tls-key-file', keyFile, '--tls-ca-cert-file', certificateFile]
  return ['--tls-port', `${port}`, '--tls-auth-clients', 'no', ...files]
}

async function formCluster(nodes: readonly RedisProcess[], certificate: Certificate | undefined): Promise<void> {
  const addresses = nodes.map(({ port, tlsPort }) => `127.0.0.1:${certificate ? tlsPort : port}`)
  const tls = certificate ? ['--tls', '--cacert', certificate.certificateFile] : []
  const create = ['--cluster', 'create', ...addresses, '--cluster-replicas', '1', '--cluster-yes']
  const { code, output } = await runCommand(['redis-cli', ...tls, ...create], {
    env: process.env,
    limitMs: clusterLimitMs,
  })
  if (code !== 0) throw new Error(`No cluster of Redis servers came about:\n${output}`)
}

async function isInCluster({ port }: RedisProcess, ask: RedisServers['ask']): Promise<boolean> {
  if (!(await ask(port, 'CLUSTER', 'INFO')).includes('cluster_state:ok')) return false
  const replication = await ask(port, 'INFO', 'replication')
  // Without a replica that is in step there would be no failover.
  return /^slave0:.*state=online|^master_link_status:up/m.test(replication)
}

function end(child: ChildProcess, running: Set<ChildProcess>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  return new Promise((resolve) => {
    child.once('exit', () => {
      running.delete(child)
      resolve()
    })
    child.kill('SIGKILL')
  })
}

const lookMs = 50

/** Waits, looking again and again, and throws when it takes too long. */
export async function until(isSo: () => Promise<boolean>, limitMs: number, what: string): Promise<void> {
  const deadline = performance.now() + limitMs
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`${what} was not ready within ${limitMs} ms`)
    await new Promise((resolve) => setTimeout(resolve, lookMs))
  }
}
