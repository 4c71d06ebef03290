import type { RetentionAnswer } from '../answers.ts'
import { html, table } from '../elements.ts'
import type { ChartOptions, Draw } from '../mount.ts'

export type RetentionOptions = ChartOptions

/** `0`, `1`, … or, with brackets, `1–2`, `3–6`, `7+`. */
export function columnNames({ question, average }: RetentionAnswer): string[] {
  const { brackets } = question
  return average.map((_share, column) => {
    if (!brackets) return String(column)
    const from = brackets[column] ?? column
    const next = brackets[column + 1]
    if (next === undefined) return `${from}+`
    return next - 1 === from ? String(from) : `${from}–${next - 1}`
  })
}

export const drawRetention: Draw<'retention', RetentionOptions> = (answer, drawing) => {
  const { cohorts, average, question } = answer
  const { texts, label, number, percent, date } = drawing
  if (cohorts.length === 0) return undefined
  const cell = (share: number | null, isOpen: boolean) => {
    const shown = html('span', { class: isOpen ? 'cell open' : 'cell' }, share === null ? '' : percent(share))
    shown.style.setProperty('--share', String(share ?? 0))
    return shown
  }
  const style: Intl.DateTimeFormatOptions =
    question.unit === 'month' ? { month: 'short', year: 'numeric' } : { day: 'numeric', month: 'short' }
  const rows = cohorts.map(({ start, size, returned, complete }) => [
    date(start, style, question.timeZone),
    number(size),
    ...returned.map((count, column) => cell(count === null || size === 0 ? null : count / size, column >= complete)),
  ])
  const heads = [texts.cohort, texts.size, ...columnNames(answer)]
  const last = [texts.average, '', ...average.map((share) => cell(share, false))]
  const scroll = html('div', { class: 'scroll', tabindex: '0', role: 'group', 'aria-label': label || texts.cohort })
  scroll.append(table({ caption: label || texts.cohort }, heads, [last, ...rows]))
  return [scroll]
}
