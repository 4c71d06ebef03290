import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isRoot, passedOn } from '../support/config.ts'
import type { Settings } from './dockerfile.ts'

const namespaceScript = fileURLToPath(new URL('namespace.sh', import.meta.url))
const path = '/node:/usr/local/bin:/usr/bin:/bin'

/** Whether this process may make namespaces. */
export const canContain: boolean = isRoot && spawnSync('unshare', ['--mount', '--pid', '--fork', 'true']).status === 0

export interface Finished {
  code: number | null
  output: string
}

/**
 * Runs a line of a RUN in the folder of a stage, as root and with the network, npm's cache and its settings of this
 * machine. `mounts` are words of namespace.sh.
 */
export function runInStage(
  root: string,
  { env, workdir }: Settings,
  line: string,
  mounts: readonly string[],
): Promise<Finished> {
  const variables = { ...passedOn, HOME: homedir(), PATH: path, ...env }
  const command = [...envCommand(workdir, variables), '/bin/sh', '-c', line]
  return finish(spawnIn(root, 'rw', [homedir(), 'tmpfs:/tmp:mode=1777', ...mounts], command))
}

export interface ContainerOptions {
  /** On top of the image's. */
  env: Readonly<Record<string, string>>
  /** As compose has it, such as `/data:uid=1000,mode=0700`. Default: none. */
  tmpfs?: readonly string[]
  /** What follows the image's command. Default: nothing. */
  args?: readonly string[]
}

/** A container of a stage: its user, its command as process 1, nothing to write to but what `tmpfs` names. */
export interface Container {
  output(): string
  /** Resolves at the line `ready`, with what follows it. Rejects with the output when it ends before. */
  readonly ready: Promise<string>
  readonly ended: Promise<Finished>
  /** Sends process 1 a signal and resolves with its end. */
  end(signal: NodeJS.Signals): Promise<Finished>
  /** Runs a command beside it, in its namespaces and as its user, as Docker does with a health check. */
  exec(command: readonly string[]): Promise<Finished>
}

export function startContainer(
  root: string,
  settings: Settings,
  { env, tmpfs = [], args = [] }: ContainerOptions,
): Container {
  const variables = { PATH: path, HOME: '/', ...settings.env, ...env }
  const asUser = [...envCommand(settings.workdir, variables), ...userCommand(settings.user)]
  const mounts = tmpfs.map((each) => `tmpfs:${each}`)
  const child = spawnIn(root, 'ro', mounts, [...asUser, ...settings.command, ...args])
  const ended = finish(child)
  // It does not outlive a test run that is cut short.
  const kill = (): void => void child.kill('SIGKILL')
  process.once('exit', kill)
  ended.then(
    () => process.off('exit', kill),
    () => undefined,
  )
  let output = ''
  const ready = new Promise<string>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (text: Buffer) => {
        output += text.toString()
        const line = /^ready ?(.*)\n/m.exec(output)
        if (line) resolve(line[1] ?? '')
      })
    }
    ended.then(({ code }) => reject(new Error(`it ended with ${code} before it was ready: ${output}`)), reject)
  })
  ready.catch(() => {})
  /** `unshare` stays outside; its child is the first process inside. 0 where there is none. */
  const first = (): number => {
    try {
      return Number(readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8'))
    } catch {
      return 0 // it has ended
    }
  }
  return {
    ready,
    ended,
    output: () => output,
    end(signal) {
      const pid = first()
      // A signal to process 0 would go to all of the test's own.
      if (pid > 0) process.kill(pid, signal)
      else child.kill(signal)
      return ended
    },
    exec: (command) =>
      finish(
        spawn('nsenter', [`--target=${first()}`, '--mount', '--pid', '--root', '--wd=/', ...asUser, ...command], {
          stdio: ['ignore', 'pipe', 'pipe'],
        }),
      ),
  }
}

function spawnIn(root: string, mode: 'ro' | 'rw', mounts: readonly string[], command: readonly string[]): ChildProcess {
  const unshare = ['--mount', '--pid', '--kill-child', '/bin/sh', namespaceScript]
  const args = [...unshare, root, dirname(process.execPath), mode, mounts.join(' '), ...command]
  return spawn('unshare', args, { stdio: ['ignore', 'pipe', 'pipe'] })
}

const envCommand = (workdir: string, variables: Readonly<Record<string, string>>): string[] => [
  ...['/usr/bin/env', '--ignore-environment', `--chdir=${workdir}`],
  ...Object.entries(variables).map(([name, value]) => `${name}=${value}`),
]

function userCommand(user: string): string[] {
  const [uid, gid = uid] = user.split(':')
  const ids = [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups']
  return ['setpriv', ...ids, '--no-new-privs', '--bounding-set=-all', '--inh-caps=-all']
}

function finish(child: ChildProcess): Promise<Finished> {
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (text: Buffer) => {
      output += text.toString()
    })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, output }))
  })
}
