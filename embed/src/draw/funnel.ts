import { html, table } from '../elements.ts'
import type { ChartOptions, Draw } from '../mount.ts'

export type FunnelOptions = ChartOptions

export const drawFunnel: Draw<'funnel', FunnelOptions> = (
  { total, question },
  { options, texts, label, number, percent },
) => {
  const first = total.steps[0]?.reached ?? 0
  if (first === 0) return undefined
  const rows = total.steps.map(({ reached }, index) => {
    const bar = html('div', { class: 'bar' }, percent(reached / first))
    bar.style.setProperty('--share', String(reached / first))
    return [`${index + 1}. ${options.names?.[index] ?? question.steps[index] ?? ''}`, number(reached), bar]
  })
  return [table({ caption: label || texts.step }, [texts.step, texts.people, texts.ofFirst], rows)]
}
