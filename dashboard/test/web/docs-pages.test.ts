import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { pages } from '../../web/pages.ts'

const index = new URL('../../../docs/reports/README.md', import.meta.url)
const rows = [
  ...readFileSync(index, 'utf8').matchAll(/^\| [^|]+ \| `([^`]+)` \| \[[^\]]+\]\(([^)#]+)(#[^)]+)?\) \|$/gm),
]

test('docs/reports/README.md has a row for every page of the dashboard, and for nothing else', () => {
  expect(rows.map(([, path]) => path).sort()).toEqual(pages.map(({ path }) => path).sort())
})

test.each(rows.map(([, path = '', file = '', place = '']) => ({ path, file, place })))(
  'what is told of $path stands in $file, and names the address',
  ({ path, file, place }) => {
    const text = readFileSync(new URL(file, index), 'utf8')
    const headings = [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => heading)
    const anchors = headings.map(
      (heading) =>
        `#${heading
          .toLowerCase()
          .replace(/[^\w -]/g, '')
          .replaceAll(' ', '-')}`,
    )
    if (place) expect(anchors).toContain(place)
    expect(text).toContain(`\`${path.replace('$profileId', 'PROFILE_ID')}\``)
  },
)
