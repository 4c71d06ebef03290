import { start } from '../scripted.ts'

// Questions as a page of the dashboard asks them.

const dayMs = 86_400_000
export const to = Math.ceil(start / dayMs) * dayMs
export const from = to - 7 * dayMs

export const trend = {
  type: 'trend',
  from,
  to,
  interval: 'day',
  timeZone: 'UTC',
  series: [{ measure: 'people', event: 'Ordered', where: [{ field: 'traits.plan', operator: 'is', values: [7] }] }],
}
export const overview = { type: 'overview', from, to, top: 10 }
export const meta = { computedAt: start, exact: true, rowsScanned: 3, timeZone: 'UTC' }
export const trendAnswer = { starts: [from], rows: [{ series: 0, value: null, points: [3], total: 3 }], meta }
