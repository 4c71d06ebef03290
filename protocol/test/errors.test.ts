import { describe, expect, test } from 'vitest'
import { BackendError, type BackendErrorCode } from '../../backends/src/errors.ts'
import { type ErrorCode, errorTable, WireError } from '../src/index.ts'
import { documentedCodes, sourceCodes } from './error-docs.ts'

/** Sections of docs/errors.md about codes of the wire. */
const wireSections = ['A request that failed as a whole', 'An event that was refused', 'What the processor set aside']

const yesNo = (retryable: boolean): string => (retryable ? 'yes' : 'no')

describe('docs/errors.md', () => {
  test('lists exactly the codes of the wire, with status and whether to retry', () => {
    const documented = wireSections.flatMap(documentedCodes).map(([code, status, retry]) => [code, status, retry])
    const actual = Object.entries(errorTable).map(([code, info]) => [code, `${info.status}`, yesNo(info.retryable)])
    expect(documented.sort()).toEqual(actual.sort())
  })

  test('lists exactly the codes of the backends, with whether to retry', () => {
    const codes = sourceCodes('backends/src/errors.ts') as BackendErrorCode[]
    expect(codes.length).toBeGreaterThan(5)
    const documented = documentedCodes('Backends').map(([code, retry]) => [code, retry])
    expect(documented.sort()).toEqual(codes.map((code) => [code, yesNo(new BackendError(code).retryable)]).sort())
  })

  test('says for every code what happened and what to do', () => {
    for (const row of wireSections.flatMap(documentedCodes)) expect(row.filter(Boolean), row[0]).toHaveLength(5)
    for (const row of documentedCodes('Backends')) expect(row.filter(Boolean), row[0]).toHaveLength(4)
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
