import { describe, expect, test } from 'vitest'
import { formatDocs, type Part, replaceSection } from './bench/docs-page.ts'
import { createTable } from './bench/lib/print.ts'
import { type Bench, createRow, type Result, type Row } from './bench/lib/result.ts'

const machine = {
  ...{ cpu: 'a CPU', cores: 2, memoryGiB: 8, os: 'Linux', load: 0.5, date: '2026-11-25T07:43:00.000Z' },
  ...{ form: 'full' as const, versions: { node: 'v24' } },
}
const bench = (title: string): Bench => ({ title, how: [`How ${title} is measured.`], run: async () => [] })
const part = (title: string, ...rows: Row[]): Part => ({ bench: bench(title), rows })
const result = (name: string, ...rows: Row[]): Result => ({ name, machine, rows })

const slow = createRow({ what: 'reading', value: 9, unit: 'ms', goal: { atMost: 5 } })
const fast = createRow({ what: 'reading', value: 4, unit: 'ms', goal: { atMost: 5 } })
const large = createRow({ what: 'size', value: 4_900, unit: 'bytes', goal: { atMost: 4_000 } })

describe('the docs page', () => {
  const page = formatDocs(result('all', slow, large), [part('Reading', slow), part('Sizes', large)])

  test('a section that is measured by itself takes the place of the old one, and the others stay', () => {
    const next = replaceSection(page, result('reading', fast), part('Reading', fast))
    expect(next).toContain('| reading | 4 | ms | <= 5 ms | yes |')
    expect(next).not.toContain('| reading | 9 |')
    expect(next).toContain('- Measured by itself: 2026-11-25 07:43 UTC, full form, load average at the start 0.5.')
    expect(next.match(/^## .*$/gm)).toEqual(['## Where', '## Reading', '## Sizes', '## What falls short'])
  })

  test('what falls short is told of the new figures and of those that stay', () => {
    const next = replaceSection(page, result('reading', fast), part('Reading', fast))
    const shortfalls = next.slice(next.indexOf('## What falls short'))
    expect(shortfalls).toBe('## What falls short\n\n- size: 4,900 bytes; the goal is <= 4000 bytes.\n')
    const good = replaceSection(next, result('sizes', fast), part('Sizes', { ...large, value: 3_900, met: true }))
    expect(good).toMatch(/## What falls short\n\nEvery goal was met in this run\.\n$/)
  })

  test('a section that is new comes before what falls short', () => {
    const next = replaceSection(page, result('latency', slow), part('Latency', { ...slow, what: 'seeing' }))
    expect(next.match(/^## .*$/gm)?.slice(-2)).toEqual(['## Latency', '## What falls short'])
    expect(next.match(/^- .*the goal is/gm)).toHaveLength(3)
  })

  test('measuring a section twice gives the page that measuring it once gives', () => {
    const once = replaceSection(page, result('reading', slow), part('Reading', slow))
    expect(replaceSection(once, result('reading', slow), part('Reading', slow))).toBe(once)
  })
})

test('a table has the columns of others last, and none that is empty', () => {
  const { head, rows, isNumber } = createTable([
    createRow({ what: 'size', value: 4_900, unit: 'bytes', beside: { theirs: 125_789 } }),
    createRow({ what: 'heap', value: 1.3, unit: 'MB', beside: { 'empty page': 1 } }),
  ])
  expect(head).toEqual(['what', 'value', 'unit', 'theirs', 'empty page'])
  expect(rows).toEqual([
    ['size', '4,900', 'bytes', '125,789', ''],
    ['heap', '1.3', 'MB', '', '1'],
  ])
  expect(isNumber).toEqual([false, true, false, true, true])
})
