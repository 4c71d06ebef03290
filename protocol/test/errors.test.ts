import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { BackendError, type BackendErrorCode } from '../../backends/src/errors.ts'
import { type ErrorCode, errorTable, WireError } from '../src/index.ts'

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
const [wireDocs = '', backendDocs = ''] = read('docs/errors.md').split('\n## Backends\n')

/** The cells of each table row that starts with a code. */
function codeRows(markdown: string): string[][] {
  return markdown
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    )
}

const unquoted = (cell = ''): string => cell.replaceAll('`', '')
const yesNo = (retryable: boolean): string => (retryable ? 'yes' : 'no')

/** The codes as written in the source: the type alone knows them, and it is gone at run time. */
function backendCodes(): BackendErrorCode[] {
  const table = /const \w+ = (?:Object\.freeze\()?\{(.*?)\n\}/s.exec(read('backends/src/errors.ts'))?.[1] ?? ''
  return [...table.matchAll(/^ {2}(\w+):/gm)].map(([, code]) => code as BackendErrorCode)
}

describe('docs/errors.md', () => {
  test('lists exactly the codes of the wire, with status and whether to retry', () => {
    const documented = codeRows(wireDocs).map(([code, status, retry]) => [unquoted(code), status, retry])
    const actual = Object.entries(errorTable).map(([code, info]) => [code, `${info.status}`, yesNo(info.retryable)])
    expect(documented.sort()).toEqual(actual.sort())
  })

  test('lists exactly the codes of the backends, with whether to retry', () => {
    const codes = backendCodes()
    expect(codes.length).toBeGreaterThan(5)
    const documented = codeRows(backendDocs).map(([code, retry]) => [unquoted(code), retry])
    expect(documented.sort()).toEqual(codes.map((code) => [code, yesNo(new BackendError(code).retryable)]).sort())
  })

  test('says for every code what happened and what to do', () => {
    for (const row of codeRows(wireDocs)) expect(row.filter(Boolean), row[0]).toHaveLength(5)
    for (const row of codeRows(backendDocs)) expect(row.filter(Boolean), row[0]).toHaveLength(4)
  })
})

describe('a wire error', () => {
  test.each(Object.keys(errorTable) as ErrorCode[])('%s carries its status and whether to retry', (code) => {
    const error = new WireError(code, 'More.', { cause: 1 })
    expect(error).toMatchObject({
      ...errorTable[code],
      name: 'WireError',
      message: `${errorTable[code].message} More.`,
    })
    expect(new WireError(code).message).toBe(errorTable[code].message)
  })

  test('is retryable exactly where waiting helps: no 4xx but 408 and 429', () => {
    for (const [code, { status, retryable }] of Object.entries(errorTable)) {
      const waitingHelps = status === 408 || status === 429 || (status >= 500 && code !== 'processing_failed')
      expect([code, retryable]).toEqual([code, waitingHelps])
    }
  })
})
