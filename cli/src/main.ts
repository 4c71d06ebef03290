import { silentLog } from '@trailstitch/backends'
import { createStyle } from './output.ts'
import { runCommandLine } from './run-command-line.ts'

// The program: the one place that knows the process it runs in.

const stop = new AbortController()
let exitingFor: NodeJS.Signals | undefined
const onSignal = (signal: NodeJS.Signals): void => {
  // Whoever asks twice does not want to wait.
  if (exitingFor !== undefined) process.exit(signal === 'SIGINT' ? 130 : 143)
  exitingFor = signal
  stop.abort()
}
process.on('SIGINT', onSignal)
process.on('SIGTERM', onSignal)
// `trailstitch export | head` ends with a closed pipe, which is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))

const { stdin, stdout, stderr, env } = process
const isColoured = stdout.isTTY === true && env.NO_COLOR === undefined && env.TERM !== 'dumb'
const exitCode = await runCommandLine({
  line: process.argv.slice(2),
  environment: env,
  io: {
    stdin,
    stdout,
    stderr,
    interactive: stderr.isTTY === true,
    style: createStyle(isColoured),
    deps: { now: Date.now, log: silentLog },
    stop: stop.signal,
  },
})
// Pipes are written in the background: leave only when all of it is out.
stdout.write('', () => stderr.write('', () => process.exit(exitCode)))
