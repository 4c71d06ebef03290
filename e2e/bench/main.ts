// npm run bench -- NAME|all [--json] [--quick] [--write-docs] [--price NAME=USD]
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { benches } from './benches.ts'
import { readResults, writeDocs } from './docs-files.ts'
import { describeMachine } from './lib/machine.ts'
import { formatTable } from './lib/print.ts'
import { createProgress } from './lib/progress.ts'
import type { Measured, Prices, Result, Row } from './lib/result.ts'

const usage = `npm run bench -- ${Object.keys(benches).join('|')}|all [--json] [--quick] [--write-docs] [--price NAME=USD]

  --json            one JSON object on stdout, and nothing else there (with npm run --silent)
  --quick           a short form of each, to see that it works
  --write-docs      write what was measured into docs/performance.md and docs/performance.json
  --price NAME=USD  for cost: what you pay for a vcpu-hour, a gb-month of storage or a million s3-requests

cost follows from the figures in docs/performance.json. Without --quick all takes about 50 minutes. Close what else is
running.`

interface Args {
  name: string
  json: boolean
  quick: boolean
  writeDocs: boolean
  prices: Prices
}

/** Undefined when the arguments make no sense. */
function parseCommandLine(line: readonly string[]): Args | undefined {
  const flag = { type: 'boolean', default: false } as const
  const price = { type: 'string', multiple: true, default: [] as string[] } as const
  try {
    const options = { json: flag, quick: flag, 'write-docs': flag, price }
    const { values, positionals } = parseArgs({ args: [...line], options, allowPositionals: true })
    const [name = '', ...rest] = positionals
    const isKnown = name === 'all' || Object.hasOwn(benches, name)
    const prices = parsePrices(values.price)
    if (!isKnown || rest.length > 0 || !prices) return undefined
    return { name, json: values.json, quick: values.quick, writeDocs: values['write-docs'], prices }
  } catch {
    return undefined
  }
}

function parsePrices(given: readonly string[]): Prices | undefined {
  const known = ['vcpu-hour', 'gb-month', 's3-requests']
  const prices: Record<string, number> = {}
  for (const each of given) {
    const [name = '', dollars = ''] = each.split('=')
    if (!known.includes(name) || !/^\d*\.?\d+$/.test(dollars)) return undefined
    prices[name] = Number(dollars)
  }
  return prices
}

/** In a process of its own, as the memory one benchmark leaves behind would slow the next. */
async function runAlone(name: string, quick: boolean): Promise<Result> {
  const args = [fileURLToPath(import.meta.url), name, '--json', ...(quick ? ['--quick'] : [])]
  const child = spawn(process.execPath, [...process.execArgv, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')])
  if (code !== 0) throw new Error(`the benchmark ${name} ended with ${code}`)
  return JSON.parse(output) as Result
}

async function runHere(bench: Measured, quick: boolean): Promise<Row[]> {
  const progress = createProgress(process.stderr)
  try {
    return await bench.run({ quick, progress })
  } finally {
    progress.clear()
  }
}

/** One benchmark, or all of them, those that follow from others last. */
async function runBenches({ name, quick, prices }: Args): Promise<Result[]> {
  const results: Result[] = []
  for (const [key, bench] of Object.entries(benches)) {
    if (name !== 'all' && name !== key) continue
    const machine = describeMachine(quick)
    if ('derive' in bench) {
      const measured = name === 'all' ? results : readResults()
      const rows = bench.derive(
        measured.flatMap((result) => result.rows),
        prices,
      )
      results.push({ name: key, machine, rows })
    } else if (name === 'all') results.push(await runAlone(key, quick))
    else results.push({ name: key, machine, rows: await runHere(bench, quick) })
  }
  return results
}

// So that an interrupted run removes its folders and ends what it started: both hang on the exit event.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

const args = parseCommandLine(process.argv.slice(2))
if (args) {
  const machine = describeMachine(args.quick)
  const results = await runBenches(args)
  if (args.writeDocs) writeDocs(results)
  const rows = results.flatMap((result) => result.rows)
  console.log(args.json ? JSON.stringify({ name: args.name, machine, rows }, null, 2) : formatTable({ rows }))
} else {
  console.error(usage)
  process.exitCode = 2
}
