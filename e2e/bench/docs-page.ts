import type { Machine } from './lib/machine.ts'
import { createTable, formatValue, inCases, nameOf } from './lib/print.ts'
import type { Bench, Result, Row } from './lib/result.ts'

/** One benchmark's part of the page: its rows, and where and when they were measured. */
export interface Section {
  bench: Pick<Bench, 'title' | 'how'>
  result: Result
}

/** The text of docs/performance.md. */
export function formatDocs(names: readonly string[], sections: readonly Section[]): string {
  const machines = new Set(sections.map(({ result }) => describe(result.machine)))
  const isQuick = sections.some(({ result }) => result.machine.form === 'quick')
  return `${[
    '# Performance',
    `Written by \`npm run bench -- all --write-docs\`, or with one of the names in the place of \`all\`, which writes that part anew. Each figure comes from a command that you can run yourself: \`npm run bench -- ${names.join('|')}|all\`, with \`--json\` for machines and \`--quick\` for a first look. The same figures for machines: [performance.json](performance.json).`,
    ...(isQuick
      ? ['**Parts marked “quick” come from the quick form: their figures only show that the commands work.**']
      : []),
    '## Where',
    list([
      ...[...machines].map((machine) => `Machine: ${machine}`),
      'Everything on the one machine: load generator, service and servers share its cores, and requests go to 127.0.0.1. Data lies in the folder for temporary files.',
      'What else the machine was busy with shows in the load average of the minute before each part; rates are lower then, and ratios of rates lie nearer to 1 than they should. CPU an event moves less, and the ratio of it least.',
    ]),
    ...sections.flatMap(({ bench, result }) => [
      `## ${bench.title}`,
      `${machines.size > 1 ? `${result.machine.cpu}, ` : ''}${when(result.machine)}`,
      result.rows.some(({ at }) => at !== undefined) ? grid(result.rows) : table(result.rows),
      'How it is measured:',
      list(bench.how),
    ]),
    '## What falls short',
    shortfalls(sections.flatMap(({ result }) => result.rows)),
  ].join('\n\n')}\n`
}

const describe = ({ cpu, cores, memoryGiB, os }: Machine): string => `${cpu}, ${cores} cores, ${memoryGiB} GiB, ${os}`

function when({ date, load, form, versions }: Machine): string {
  const names = Object.entries(versions).map(([name, version]) => `${name} ${version}`)
  const quick = form === 'quick' ? ', **quick**' : ''
  return `${date.slice(0, 16).replace('T', ' ')} UTC${quick}, load average ${load}, ${names.join(', ')}.`
}

const list = (items: readonly string[]): string => items.map((item) => `- ${item}`).join('\n')

function tableOf(head: readonly string[], isNumber: (column: number) => boolean, body: readonly string[][]): string {
  const line = (row: readonly string[]): string => `| ${row.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  const rule = head.map((_, column) => (isNumber(column) ? '--:' : '---'))
  return [line(head), line(rule), ...body.map(line)].join('\n')
}

function table(rows: readonly Row[]): string {
  const { head, rows: cells, isNumber } = createTable(rows)
  return tableOf(head, (column) => isNumber[column] === true, cells)
}

/** Figures down, cases across. */
function grid(rows: readonly Row[]): string {
  const { cases, lines } = inCases(rows)
  return tableOf(
    ['what', 'unit', ...cases, 'goal'],
    (column) => column > 1 && column < cases.length + 2,
    lines.map(({ what, unit, goal, values }) => [
      what,
      unit,
      ...values.map((row) => `${formatValue(row?.value ?? null)}${row?.met === false ? ' (NO)' : ''}`),
      goal,
    ]),
  )
}

function shortfalls(rows: readonly Row[]): string {
  const missed = rows.filter(({ met }) => met === false)
  if (missed.length === 0) return 'Every goal was met.'
  return list(
    missed.map((row) => {
      const figure = `${formatValue(row.value)} ${row.unit}${row.ratio === null ? '' : `, ratio ${row.ratio}`}`
      return `${nameOf(row)}: ${figure}; the goal is ${row.goal}.`
    }),
  )
}
