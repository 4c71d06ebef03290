import type { Series } from '@trailstitch/protocol'
import { describeEvent, describeField } from '../../parts/fields.ts'
import { t } from './texts.ts'

/** In the order they are offered. */
export const measures = ['events', 'people', 'sessions', 'sum', 'average', 'minimum', 'maximum'] as const

/** Whether a measure looks at a property that is a number. */
export const needsProperty = (measure: Series['measure']): boolean =>
  measure !== 'events' && measure !== 'people' && measure !== 'sessions'

/** `Ordered: people`, `Ordered: sum of total`. */
export function describeSeries({ event, measure, property }: Series): string {
  const name = property === undefined ? '' : describeField(property)
  const what = needsProperty(measure)
    ? t('events.measureOf', { measure: t(`measure.${measure}`).toLowerCase(), property: name })
    : t(`measure.${measure}`).toLowerCase()
  return `${describeEvent(event)}: ${what}`
}
