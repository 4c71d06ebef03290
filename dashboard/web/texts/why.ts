import { en } from './en.ts'
import { createT } from './t.ts'

/** Texts of the dashboard, and those of the card that tells why a number is what it is, which come with it. */
export const t = createT({
  ...en,
  'why.definition': 'What it counts',
  'why.range': 'Range',
  'why.filters': 'Filters',
  'why.noFilters': 'none; bots are left out ({count} events)',
  'why.botsOut': 'bots are left out',
  'why.excludes': 'Internal traffic',
  'why.excluded': 'left out by: {names}',
  'why.freshness': 'Computed',
  'why.exactness': 'Exactness',
  'why.exact': 'exact',
  'why.estimate': 'an estimate, within about 1 %',
  'why.rows': 'Rows read',
})
