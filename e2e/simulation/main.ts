// npm run simulate -- [--seed N] [--runs M] [--steps S]
// Runs seeds N, N+1, … and ends with 1 at the first that breaks an invariant, with the command that replays it.
import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { formatFailure, formatSummary } from './report.ts'
import { simulate } from './simulate.ts'

const { values } = parseArgs({
  options: { seed: { type: 'string' }, runs: { type: 'string' }, steps: { type: 'string' } },
})
const whole = (name: string, text: string): number => {
  const number = Number(text)
  if (!Number.isSafeInteger(number) || number < 0) throw new Error(`--${name} takes a whole number, not "${text}"`)
  return number
}
// A seed by itself is a replay: it runs once.
const first = values.seed === undefined ? randomInt(2 ** 31) : whole('seed', values.seed)
const runs = values.runs === undefined ? (values.seed === undefined ? 50 : 1) : whole('runs', values.runs)
const steps = values.steps === undefined ? {} : { steps: whole('steps', values.steps) }

const startedAt = Date.now()
const results = []
for (let seed = first; seed < first + runs; seed++) {
  if (process.stdout.isTTY) process.stdout.write(`\rseed ${seed}, ${results.length} of ${runs} done`)
  const result = await simulate({ seed, ...steps })
  results.push(result)
  if (!result.failure) continue
  console.log(`\r${formatFailure(result, values.steps)}`)
  process.exitCode = 1
  break
}
console.log(`\r${formatSummary(results, Date.now() - startedAt)}`)
