import { formatNumber } from '../../texts/format.ts'
import type { Direction } from './question.ts'
import type { Place } from './rows.ts'
import { t } from './texts.ts'

/** A step as people call it. */
export function describePlace(place: Place, direction: Direction): string {
  if (place === 'rest') return t('paths.rest')
  if (place === 'edge') return t(direction === 'forward' ? 'paths.end' : 'paths.begin')
  return place.name === '' ? t('table.none') : place.name
}

export const countVisits = (count: number): string =>
  count === 1 ? t('paths.visit') : t('paths.visits', { count: formatNumber(count) })
