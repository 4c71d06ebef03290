// The test command: npm test [path...]. Services, build, checks, tests, report; ends with 1 if anything failed.
// A path narrows the tests, everything else runs all the same.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { provideServices, services } from './services.ts'
import {
  formatReport,
  formatTime,
  missingService,
  type Outcome,
  readVitest,
  slowestFiles,
  type VitestReport,
} from './testing/report.ts'
import { runCommand } from './testing/run-command.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const say = (line: string): void => console.log(line)
/** A run that hangs is ended: three times what it takes on two cores that do nothing else. */
const vitestLimitMs = 40 * 60_000
const stepLimitMs = 5 * 60_000

/** Our own Node comes first, so that every tool runs under the version the project is made for, whatever the host has. */
const toolEnv = {
  ...process.env,
  PATH: `${join(root, 'node_modules/.bin')}:${process.env.PATH ?? ''}`,
  TURBO_TELEMETRY_DISABLED: '1',
}
const tool = (name: string): string => join(root, 'node_modules/.bin', name)
const buildCommand = existsSync(join(root, 'cli/bin/build.js'))
  ? [process.execPath, 'cli/bin/build.js']
  : [tool('turbo'), 'run', 'build', '--output-logs=errors-only', '--no-color']
const checks: Record<string, string[]> = {
  biome: [tool('biome'), 'check', '--max-diagnostics=50', '.'],
  tidy: [process.execPath, 'scripts/tidy.ts'],
  types: [tool('tsc'), '-p', 'tsconfig.json'],
}

/** Runs one step, says in a line how it went, and shows its output only if it failed. */
async function runStep(name: string, command: readonly string[]): Promise<Outcome> {
  const { code, output, tookMs } = await runCommand(command, { cwd: root, env: toolEnv, limitMs: stepLimitMs })
  if (code !== 0) say(output.trimEnd())
  say(`${code === 0 ? 'ok    ' : 'FAILED'}  ${name}  ${formatTime(tookMs)}`)
  const detail = `${command.map((part) => part.replace(root, '')).join(' ')} ended with ${code}: see its output above`
  return code === 0 ? { name, status: 'passed' } : { name, status: 'failed', detail }
}

async function runVitest(args: readonly string[], serviceEnv: Record<string, string>) {
  const folder = mkdtempSync(join(tmpdir(), 'trailstitch-test-'))
  try {
    const file = join(folder, 'report.json')
    const vitest = [process.execPath, 'node_modules/vitest/vitest.mjs', 'run', ...args]
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`]
    const options = `${process.env.NODE_OPTIONS ?? ''} --conditions=source`.trim()
    const env = { ...toolEnv, ...serviceEnv, NODE_OPTIONS: options }
    const command = [...vitest, ...reporters]
    const { code } = await runCommand(command, { cwd: root, env, show: true, limitMs: vitestLimitMs })
    const report = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as VitestReport) : undefined
    return { code, report }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const startedAt = performance.now()
const provided = await provideServices(services, process.env, say)
const outcomes: Outcome[] = provided.missing.map((service) => missingService(service, process.env.CI === 'true'))
for (const { name, status, detail } of outcomes)
  say(`${status === 'failed' ? 'FAILED' : 'MISSING'}  ${name}, ${detail}`)
for (const { name, version } of provided.ready) {
  say(`ok      service ${name} ${version}`)
  outcomes.push({ name: `service ${name}`, status: 'passed' })
}
try {
  outcomes.push(await runStep('build', buildCommand))
  outcomes.push(...(await Promise.all(Object.entries(checks).map(([name, command]) => runStep(name, command)))))
  const { code, report } = await runVitest(process.argv.slice(2), provided.env)
  outcomes.push(...readVitest(report, code, root))
  const facts = { services: provided.ready, outcomes, slowest: slowestFiles(report, root) }
  for (const line of formatReport({ ...facts, tookMs: performance.now() - startedAt })) say(line)
} finally {
  await provided.stop()
}
process.exitCode = outcomes.some(({ status }) => status === 'failed') ? 1 : 0
