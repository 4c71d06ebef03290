import { createTable, formatValue } from './lib/print.ts'
import type { Bench, Result, Row } from './lib/result.ts'

/** A benchmark and what it measured. */
export interface Part {
  bench: Bench
  rows: readonly Row[]
}

/** The text of docs/performance.md. */
export function formatDocs({ machine, rows }: Result, parts: readonly Part[]): string {
  const { cpu, cores, memoryGiB, os, load, date, form, versions } = machine
  return join([
    '# Performance',
    'Written by `npm run bench -- all --write-docs`. Each figure comes from a command that you can run yourself: `npm run bench -- collector|processor|journey|latency|memory|sdk-browser|all`, with `--json` for machines and `--quick` for a first look.',
    ...(form === 'quick'
      ? ['**This page was written from the quick form: its figures only show that the commands work.**']
      : []),
    '## Where',
    list([
      `Machine: ${cpu}, ${cores} cores, ${memoryGiB} GiB, ${os}; load average at the start ${load}`,
      `Date: ${formatDate(date)}`,
      `Versions: ${Object.entries(versions)
        .map(([name, version]) => `${name} ${version}`)
        .join(', ')}`,
      'Everything on the one machine: load generator, service and database share its cores, and requests go to 127.0.0.1. Data lies in the folder for temporary files.',
    ]),
    ...parts.flatMap((part) => section(part)),
    shortfallsTitle,
    shortfalls(rows.flatMap(shortfall)),
  ])
}

/** The page with one section measured anew, or added; the others stay. */
export function replaceSection(page: string, { machine }: Result, part: Part): string {
  const { load, date, form } = machine
  const note = `Measured by itself: ${formatDate(date)}, ${form} form, load average at the start ${load}.`
  const sections = page.trimEnd().split(/\n\n(?=## )/)
  const isNamed = (text: string, title: string): boolean => text.split('\n', 1)[0] === title
  const own = join(section(part, note)).trimEnd()
  const last = sections.findIndex((text) => isNamed(text, shortfallsTitle))
  const at = sections.findIndex((text) => isNamed(text, `## ${part.bench.title}`))
  const known = (sections[last]?.match(/^- .*$/gm) ?? []).filter(
    (line) => !part.rows.some(({ what }) => line.startsWith(`- ${what}: `)),
  )
  if (last >= 0) sections.splice(last, 1)
  if (at >= 0) sections[at] = own
  else sections.push(own)
  const missed = [...known.map((line) => line.slice('- '.length)), ...part.rows.flatMap(shortfall)]
  return join([...sections, shortfallsTitle, shortfalls(missed)])
}

const shortfallsTitle = '## What falls short'
const join = (blocks: readonly string[]): string => `${blocks.join('\n\n')}\n`
const list = (items: readonly string[]): string => items.map((item) => `- ${item}`).join('\n')
const formatDate = (date: string): string => `${date.slice(0, 16).replace('T', ' ')} UTC`

const section = ({ bench, rows }: Part, note?: string): string[] => [
  `## ${bench.title}`,
  table(rows),
  'How it is measured:',
  list([...bench.how, ...(note ? [note] : [])]),
]

function table(rows: readonly Row[]): string {
  const line = (row: readonly string[]): string => `| ${row.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  const { head, rows: cells, isNumber } = createTable(rows)
  return [line(head), line(isNumber.map((is) => (is ? '--:' : '---'))), ...cells.map(line)].join('\n')
}

const shortfalls = (missed: readonly string[]): string =>
  missed.length === 0 ? 'Every goal was met in this run.' : list(missed)

function shortfall({ what, value, unit, ratio, goal, met }: Row): string[] {
  if (met !== false) return []
  const figure = `${formatValue(value)} ${unit}${ratio === null ? '' : `, ratio ${ratio}`}`
  return [`${what}: ${figure}; the goal is ${goal}.`]
}
