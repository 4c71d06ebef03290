import type { RetentionAnswer } from '@trailstitch/protocol'
import { useMemo } from 'react'
import { Chart } from '../../charts/chart.tsx'
import { formatShare } from '../../texts/format.ts'
import type { FullQuestion } from './question.ts'
import { columnPeriods } from './table.ts'
import { t } from './texts.ts'

/** The axis of the chart is made for moments: each column takes the place of a day. */
const columnMs = 86_400_000

/** The average of all cohorts, column by column. */
export function RetentionCurve({ answer, question }: { answer: RetentionAnswer; question: FullQuestion }) {
  const { unit } = question
  const periods = columnPeriods(question)
  const names = periods.map((each) => t(`retention.column.${unit}`, { period: each }))
  const key = JSON.stringify(names)
  const axis = useMemo(() => {
    const list = JSON.parse(key) as string[]
    return { name: t('retention.periodAxis'), format: (start: number) => list[Math.round(start / columnMs)] ?? '' }
  }, [key])
  const count = periods.length
  const starts = useMemo(() => Array.from({ length: count }, (_, index) => index * columnMs), [count])
  const lines = useMemo(() => [{ name: t('retention.average'), values: answer.average }], [answer.average])
  return (
    <Chart
      label={t('retention.curve')}
      starts={starts}
      lines={lines}
      interval={unit}
      timeZone="UTC"
      axis={axis}
      format={formatShare}
      height={220}
    />
  )
}
