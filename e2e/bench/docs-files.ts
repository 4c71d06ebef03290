import { readFileSync, writeFileSync } from 'node:fs'
import { benches } from './benches.ts'
import { formatDocs } from './docs-page.ts'
import type { Result } from './lib/result.ts'

const page = new URL('../../docs/performance.md', import.meta.url)
const data = new URL('../../docs/performance.json', import.meta.url)

/** What docs/performance.json holds: the last result of each benchmark, in the order of the page. */
export const readResults = (): Result[] => JSON.parse(readFileSync(data, 'utf8')) as Result[]

/** The page that says what the results hold. */
export function formatPage(results: readonly Result[]): string {
  const sections = results.flatMap((result) => {
    const bench = benches[result.name]
    return bench ? [{ bench, result }] : []
  })
  return formatDocs(Object.keys(benches), sections)
}

/** Puts new results in the place of those of the same benchmarks, and writes the page anew. */
export function writeDocs(results: readonly Result[]): void {
  const byName = new Map([...readResults(), ...results].map((result) => [result.name, result]))
  const all = Object.keys(benches).flatMap((name) => byName.get(name) ?? [])
  writeFileSync(data, `${JSON.stringify(all, null, 2)}\n`)
  writeFileSync(page, formatPage(all))
}
