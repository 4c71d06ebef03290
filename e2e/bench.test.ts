import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { formatPage, readResults } from './bench/docs-files.ts'

test('docs/performance.md says what docs/performance.json holds', () => {
  const page = readFileSync(new URL('../docs/performance.md', import.meta.url), 'utf8')
  expect(page, 'write any part of it anew: npm run bench -- NAME --write-docs').toBe(formatPage(readResults()))
})
