import type { AnalysisAnswers, AnalysisQuery, Page, Person } from '@trailstitch/protocol'

type Cell = string | number | boolean | null | undefined
type Row = readonly Cell[]

/** Each type of answer as a table, its first row the names of the columns. Times are ISO 8601, UTC. */
const tables: { [T in AnalysisQuery['type']]: (answer: AnalysisAnswers[T]) => Row[] } = {
  trend: ({ starts, rows }) => [
    ['series', 'value', ...starts.map(toIso), 'total'],
    ...rows.map(({ series, points, total, ...group }): Row => [series + 1, nameOf(group), ...points, total]),
  ],
  funnel: ({ total, groups }) => [
    ['value', 'step', 'reached', 'medianMs'],
    ...[total, ...groups].flatMap(({ steps, ...group }) =>
      steps.map(({ reached, medianMs }, step): Row => [nameOf(group), step + 1, reached, medianMs]),
    ),
  ],
  retention: ({ cohorts }) => [
    ['cohort', 'size', ...(cohorts[0]?.returned ?? []).map((_, column) => column), 'complete'],
    ...cohorts.map(({ start, size, returned, complete }): Row => [toIso(start), size, ...returned, complete]),
  ],
  paths: ({ links }) => [
    ['step', 'from', 'to', 'paths'],
    ...links.map(({ step, from, to, paths }): Row => [step + 1, from ?? restName, to ?? restName, paths]),
  ],
  properties: ({ fields }) => [
    ['field', 'kind', 'value', 'events'],
    ...fields.flatMap(({ field, kind, values }) =>
      values.map(({ value, events }): Row => [field, kind, value, events]),
    ),
  ],
  funnel_people: peopleTable,
  segment: peopleTable,
}

const restName = '(all others)'
const nameOf = ({ value, rest }: { value?: string | null; rest?: unknown }): string =>
  rest === undefined ? (value ?? '') : restName
const toIso = (ms: number): string => new Date(ms).toISOString()

function peopleTable({ items }: Page<Person>): Row[] {
  const rows = items.map(({ profileId, userIds, anonymousIds, traits, firstSeen, lastSeen }): Row => {
    const ids = [userIds.join(' '), anonymousIds.join(' ')]
    return [profileId, ...ids, JSON.stringify(traits), toIso(firstSeen), toIso(lastSeen)]
  })
  return [['profileId', 'userIds', 'anonymousIds', 'traits', 'firstSeen', 'lastSeen'], ...rows]
}

/**
 * RFC 4180. Text that a spreadsheet would take for a formula (it begins with = + - @, a tab or a line break) has an
 * apostrophe before it.
 */
export const toCsv = <T extends AnalysisQuery['type']>(type: T, answer: AnalysisAnswers[T]): string =>
  `${tables[type](answer)
    .map((row) => row.map(toCell).join(','))
    .join('\r\n')}\r\n`

function toCell(value: Cell): string {
  if (typeof value !== 'string') return value === null || value === undefined ? '' : String(value)
  const text = /^[=+\-@\t\r\n]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
