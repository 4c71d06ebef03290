import type { TrendAnswer } from '@trailstitch/protocol'
import { describeValue } from '../../parts/fields.ts'
import { formatNumber } from '../../texts/format.ts'
import { combine, describeFormula, letterOf } from './formula.ts'
import { describeSeries } from './measures.ts'
import type { EventsQuestion } from './question.ts'
import { t } from './texts.ts'

type Row = TrendAnswer['rows'][number]
type Figures = Pick<Row, 'points' | 'total'>

/** One line of the chart, and one row of the table. */
export interface Line extends Figures {
  /** Different for each. */
  key: string
  name: string
  series: number | 'formula'
  isRest: boolean
  before: Figures | undefined
}

/** The values of a breakdown that have a row of their own. What has no value cannot be asked for by it. */
export const valuesOf = ({ rows }: Pick<TrendAnswer, 'rows'>): string[] => [
  ...new Set(rows.flatMap(({ value }) => (value ? [value] : []))),
]

const groupOf = ({ value, rest }: Row): string => (rest ? 'rest' : `=${value ?? ''}`)

/**
 * The lines of an answer: one for each series and value, then those of the formula. `before` answers the same question
 * about another time; what it does not tell of a value is undefined.
 */
export function toLines(
  question: EventsQuestion,
  answer: Pick<TrendAnswer, 'rows'>,
  before: Pick<TrendAnswer, 'rows'> | undefined,
): Line[] {
  const { series, formula } = question
  const find = (rows: readonly Row[] | undefined, place: number, group: string) =>
    rows?.find((row) => row.series === place && groupOf(row) === group)
  // All others are other ones at another time.
  const findBefore = (place: number, row: Row) => (row.rest ? undefined : find(before?.rows, place, groupOf(row)))
  const rows = answer.rows.filter((row) => series[row.series])
  const lines = rows.map((row) => ({
    ...lineOf(row, nameOf(question, row), row.series),
    points: row.points,
    total: row.total,
    before: findBefore(row.series, row),
  }))
  if (!formula) return lines
  const worked = rows
    .filter((row) => row.series === formula.left)
    .map((left) => {
      const right = find(rows, formula.right, groupOf(left))
      const leftBefore = findBefore(formula.left, left)
      const rightBefore = findBefore(formula.right, left)
      return {
        ...lineOf(left, join(describeFormula(formula), groupName(question, left)), 'formula'),
        ...combineFigures(formula.operator, left, right),
        before: leftBefore && rightBefore ? combineFigures(formula.operator, leftBefore, rightBefore) : undefined,
      }
    })
  return [...lines, ...worked]
}

const lineOf = (row: Row, name: string, series: Line['series']) => ({
  key: `${series} ${groupOf(row)}`,
  name,
  series,
  isRest: row.rest !== undefined,
})

const combineFigures = (
  operator: Parameters<typeof combine>[0],
  left: Figures,
  right: Figures | undefined,
): Figures => ({
  points: left.points.map((value, index) => combine(operator, value, right?.points[index])),
  total: combine(operator, left.total, right?.total),
})

const join = (name: string, value: string | undefined): string => (value === undefined ? name : `${name} · ${value}`)

/** The value of a row as people read it; undefined without a breakdown. */
function groupName({ breakdown }: EventsQuestion, { value, rest }: Row): string | undefined {
  if (breakdown === undefined) return undefined
  return rest ? t('events.rest', { count: formatNumber(rest.values) }) : describeValue(breakdown, value ?? '')
}

/** A letter where there are several series, and as little beside it as tells the lines apart. */
function nameOf(question: EventsQuestion, row: Row): string {
  const { series, formula } = question
  const own = series[row.series]
  const value = groupName(question, row)
  if (series.length === 1 && !formula) return value ?? (own ? describeSeries(own) : '')
  const letter = letterOf(row.series)
  return value === undefined ? `${letter} ${own ? describeSeries(own) : ''}` : join(letter, value)
}

/** The lines that are drawn: the formula's, or else all, with most first and all others last. */
export function drawnLines({ formula }: EventsQuestion, lines: readonly Line[]): Line[] {
  const wanted = lines.filter(({ series }) => !formula || series === 'formula')
  const rank = ({ isRest, total }: Line) => (isRest ? -Infinity : Math.abs(total ?? 0))
  // The order of the series stays where there is no breakdown: each has its colour by its place.
  const isSorted = new Set(wanted.map(({ series }) => series)).size < wanted.length
  return isSorted ? wanted.toSorted((a, b) => rank(b) - rank(a)) : wanted
}
