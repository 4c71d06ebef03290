import { cells, columns, formatValue } from './lib/print.ts'
import type { Bench, Result, Row } from './lib/result.ts'

/** The text of docs/performance.md. */
export function formatDocs(
  { machine, rows }: Result,
  parts: readonly { bench: Bench; rows: readonly Row[] }[],
): string {
  const { cpu, cores, memoryGiB, os, load, date, form, versions } = machine
  return `${[
    '# Performance',
    'Written by `npm run bench -- all --write-docs`. Each figure comes from a command that you can run yourself: `npm run bench -- collector|processor|journey|latency|memory|all`, with `--json` for machines and `--quick` for a first look.',
    ...(form === 'quick'
      ? ['**This page was written from the quick form: its figures only show that the commands work.**']
      : []),
    '## Where',
    list([
      `Machine: ${cpu}, ${cores} cores, ${memoryGiB} GiB, ${os}; load average at the start ${load}`,
      `Date: ${date.slice(0, 16).replace('T', ' ')} UTC`,
      `Versions: ${Object.entries(versions)
        .map(([name, version]) => `${name} ${version}`)
        .join(', ')}`,
      'Everything on the one machine: load generator, service and database share its cores, and requests go to 127.0.0.1. Data lies in the folder for temporary files.',
    ]),
    ...parts.flatMap(({ bench, rows: own }) => [
      `## ${bench.title}`,
      table(own),
      'How it is measured:',
      list(bench.how),
    ]),
    '## What falls short',
    shortfalls(rows),
  ].join('\n\n')}\n`
}

const list = (items: readonly string[]): string => items.map((item) => `- ${item}`).join('\n')

function table(rows: readonly Row[]): string {
  const line = (row: readonly string[]): string => `| ${row.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  const rule = columns.map((name) => (name === 'value' || name === 'baseline' || name === 'ratio' ? '--:' : '---'))
  return [line(columns), line(rule), ...rows.map((row) => line(cells(row)))].join('\n')
}

function shortfalls(rows: readonly Row[]): string {
  const missed = rows.filter(({ met }) => met === false)
  if (missed.length === 0) return 'Every goal was met in this run.'
  return list(
    missed.map(({ what, value, unit, ratio, goal }) => {
      const figure = `${formatValue(value)} ${unit}${ratio === null ? '' : `, ratio ${ratio}`}`
      return `${what}: ${figure}; the goal is ${goal}.`
    }),
  )
}
