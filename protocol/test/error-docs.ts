import { readFileSync } from 'node:fs'

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')

/** The rows of one section of docs/errors.md, cell by cell, the code first and without its quotes. */
export function documentedCodes(section: string): string[][] {
  const body = read('docs/errors.md').split(`\n## ${section}\n`)[1]?.split('\n## ')[0] ?? ''
  return body
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => {
      const [code = '', ...rest] = line.slice(1, -1).split('|')
      return [code.replaceAll('`', ''), ...rest].map((cell) => cell.trim())
    })
}

/** The codes of a package's error table as written in its source, where only a type is exported. */
export function sourceCodes(path: string): string[] {
  const table = /const \w+ = (?:Object\.freeze\()?\{(.*?)\n\}/s.exec(read(path))?.[1] ?? ''
  return [...table.matchAll(/^ {2}(\w+):/gm)].flatMap(([, code]) => code ?? [])
}
