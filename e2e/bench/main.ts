// npm run bench -- collector|processor|mongodb|journey|latency|memory|sdk-node|all [--json] [--quick] [--write-docs]
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { collectorBench } from './collector/bench.ts'
import { formatDocs } from './docs-page.ts'
import { journeyBench } from './journey/bench.ts'
import { describeMachine } from './lib/machine.ts'
import { formatTable } from './lib/print.ts'
import { createProgress } from './lib/progress.ts'
import type { Bench, Result, Row } from './lib/result.ts'
import { processorBench } from './processor/bench.ts'
import { mongodbBench } from './processor/mongodb.ts'
import { sdkNodeBench } from './sdk/bench.ts'
import { latencyBench } from './service/latency.ts'
import { memoryBench } from './service/memory.ts'

const benches: Readonly<Record<string, Bench>> = Object.freeze({
  collector: collectorBench,
  processor: processorBench,
  mongodb: mongodbBench,
  journey: journeyBench,
  latency: latencyBench,
  memory: memoryBench,
  'sdk-node': sdkNodeBench,
})
const docsFile = fileURLToPath(new URL('../../docs/performance.md', import.meta.url))
const usage = `npm run bench -- ${Object.keys(benches).join('|')}|all [--json] [--quick] [--write-docs]

  --json        one JSON object on stdout, and nothing else there (with npm run --silent)
  --quick       a short form of each, to see that it works
  --write-docs  with all: write docs/performance.md

Without --quick all takes about 25 minutes. Close what else is running.`

interface Args {
  name: string
  json: boolean
  quick: boolean
  writeDocs: boolean
}

/** Undefined when the arguments make no sense. */
function parseCommandLine(line: readonly string[]): Args | undefined {
  const flag = { type: 'boolean', default: false } as const
  try {
    const options = { json: flag, quick: flag, 'write-docs': flag }
    const { values, positionals } = parseArgs({ args: [...line], options, allowPositionals: true })
    const [name = '', ...rest] = positionals
    const isKnown = name === 'all' || Object.hasOwn(benches, name)
    if (!isKnown || rest.length > 0 || (values['write-docs'] && name !== 'all')) return undefined
    return { name, json: values.json, quick: values.quick, writeDocs: values['write-docs'] }
  } catch {
    return undefined
  }
}

/** In a process of its own, as the memory one benchmark leaves behind would slow the next. */
async function runAlone(name: string, quick: boolean): Promise<Row[]> {
  const args = [fileURLToPath(import.meta.url), name, '--json', ...(quick ? ['--quick'] : [])]
  const child = spawn(process.execPath, [...process.execArgv, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')])
  if (code !== 0) throw new Error(`the benchmark ${name} ended with ${code}`)
  return (JSON.parse(output) as Result).rows
}

async function runOne(bench: Bench, quick: boolean): Promise<Row[]> {
  const progress = createProgress(process.stderr)
  try {
    return await bench.run({ quick, progress })
  } finally {
    progress.clear()
  }
}

async function runBenches({ name, json, quick, writeDocs }: Args): Promise<void> {
  const machine = describeMachine(quick)
  const parts: { bench: Bench; rows: Row[] }[] = []
  for (const [key, bench] of Object.entries(benches)) {
    if (name === 'all') parts.push({ bench, rows: await runAlone(key, quick) })
    else if (name === key) parts.push({ bench, rows: await runOne(bench, quick) })
  }
  const result: Result = { name, machine, rows: parts.flatMap(({ rows }) => rows) }
  if (writeDocs) writeFileSync(docsFile, formatDocs(result, parts))
  console.log(json ? JSON.stringify(result, null, 2) : formatTable(result))
}

// So that an interrupted run removes its folders and ends what it started: both hang on the exit event.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

const args = parseCommandLine(process.argv.slice(2))
if (args) await runBenches(args)
else {
  console.error(usage)
  process.exitCode = 2
}
