import { expect, test } from 'vitest'
import { openedSearch, searchToSave } from '../../web/url/reports.ts'
import { parseSearch } from '../../web/url/search.ts'

test('a report keeps what the page shows, and not whose project or which dialog', () => {
  const search = parseSearch(
    '?project=shop&report=r1&dialog=save&period=month&f=path~is~/a&f=country~is~DE&metric=pages',
  )
  const saved = searchToSave(search)
  expect(saved).toBe('?period=month&f=path~is~/a&f=country~is~DE&metric=pages')
  expect(openedSearch({ id: 'r2', search: saved }, 'blog')).toEqual({
    period: 'month',
    f: ['path~is~/a', 'country~is~DE'],
    metric: 'pages',
    project: 'blog',
    report: 'r2',
  })
  expect(searchToSave({})).toBe('')
})

test('a saved address cannot lead to another project or open as another report', () => {
  const opened = openedSearch({ id: 'r1', search: '?project=secret&report=r9' }, 'shop')
  expect(opened).toEqual({ project: 'shop', report: 'r1' })
})
