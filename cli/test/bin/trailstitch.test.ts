import { execFile, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { temporaryFolder } from '../run-cli.ts'

const bin = (name: string): string => fileURLToPath(new URL(`../../bin/${name}`, import.meta.url))
const run = promisify(execFile)
/** What the tests' own Node is told does not count for the built program. */
const env = { PATH: process.env.PATH }
const oneBuildMs = 240_000

test(
  'the committed command builds what is missing and runs; started several times at once, one builds',
  async () => {
    const runs = await Promise.all(
      [1, 2, 3].map(() => run(process.execPath, [bin('trailstitch.js'), '--version'], { env })),
    )
    expect(runs.map(({ stdout }) => stdout)).toEqual(['0.1.0\n', '0.1.0\n', '0.1.0\n'])
    const again = await run(process.execPath, [bin('trailstitch.js'), '--version'], { env })
    expect(again.stderr).toBe('')
  },
  oneBuildMs,
)

test(
  'an end comes with its exit code',
  async () => {
    await expect(run(process.execPath, [bin('trailstitch.js'), 'nothing'], { env })).rejects.toMatchObject({ code: 2 })
  },
  oneBuildMs,
)

test(
  'handed over to another Node, it is gone as soon as the one that was called is',
  async () => {
    const child = fork(bin('handed-over.js'), ['start', '--port', '0', '--data', temporaryFolder()], {
      env,
      execArgv: [],
      silent: true,
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    await new Promise<void>((resolve) => {
      child.stdout?.on('data', (chunk: Buffer) => {
        if (chunk.toString().includes('ready http')) resolve()
      })
    })
    const ended = new Promise((resolve) => child.on('exit', (_code, signal) => resolve(signal)))
    child.disconnect()
    expect(await ended).toBe('SIGKILL')
  },
  oneBuildMs,
)
