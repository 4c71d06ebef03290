import type { EventFilter, Field, FunnelGroup } from '@trailstitch/protocol'
import { type Column, DataTable } from '../../parts/data-table.tsx'
import { describeCondition, describeEvent, describeField, describeValue } from '../../parts/fields.ts'
import { formatDuration, formatNumber, formatShare } from '../../texts/format.ts'
import { conversionOf, type StepFigures, toStepFigures } from './steps.ts'
import { t } from './texts.ts'

const orDash = (value: number | null, format: (value: number) => string): string =>
  value === null ? '–' : format(value)

/** `2. Signed up`, with its conditions. */
export const describeStep = ({ event, where = [] }: EventFilter, place: number): string =>
  [`${place}. ${describeEvent(event)}`, where.map(describeCondition).join('; ')].filter(Boolean).join(', ')

/** What the bars show, as a table that can be taken away. */
export function StepTable({ steps, figures }: { steps: readonly EventFilter[]; figures: readonly StepFigures[] }) {
  const columns: Column<StepFigures>[] = [
    { name: t('column.step'), value: ({ place }) => describeStep(steps[place - 1] ?? {}, place) },
    numberColumn(t('column.reached'), ({ reached }) => reached, formatNumber),
    numberColumn(t('column.ofFirst'), ({ ofFirst }) => ofFirst, formatShare),
    numberColumn(t('column.ofBefore'), ({ ofBefore }) => ofBefore, formatShare),
    numberColumn(t('column.dropped'), ({ dropped }) => dropped, formatNumber),
    numberColumn(t('column.median'), ({ medianMs }) => medianMs, formatDuration),
  ]
  return <DataTable name={t('funnels.table')} columns={columns} rows={figures} rowKey={({ place }) => String(place)} />
}

function numberColumn<Row>(
  name: string,
  value: (row: Row) => number | null,
  format: (value: number) => string,
): Column<Row> {
  return { name, isNumber: true, value, cell: (row) => orDash(value(row), format) }
}

interface GroupTableProps {
  field: Field
  steps: readonly EventFilter[]
  groups: readonly FunnelGroup[]
}

/** The same funnel for each value of a breakdown: how many reached each step, and which share came through. */
export function GroupTable({ field, steps, groups }: GroupTableProps) {
  const nameOf = ({ value, rest }: FunnelGroup) =>
    rest ? t('funnels.rest', { count: formatNumber(rest.values) }) : describeValue(field, value ?? '')
  const columns: Column<FunnelGroup>[] = [
    { name: describeField(field), value: nameOf },
    ...steps.map((step, at) =>
      numberColumn<FunnelGroup>(
        `${at + 1}. ${describeEvent(step.event)}`,
        (group) => toStepFigures(group)[at]?.reached ?? null,
        formatNumber,
      ),
    ),
    numberColumn(t('funnels.conversion'), conversionOf, formatShare),
  ]
  return (
    <DataTable
      name={t('funnels.groups', { field: describeField(field) })}
      columns={columns}
      rows={groups}
      rowKey={({ value, rest }) => (rest ? 'rest' : `=${value ?? ''}`)}
    />
  )
}
