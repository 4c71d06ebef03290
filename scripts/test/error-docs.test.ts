import { expect, test } from 'vitest'
import { CliError, type CliErrorCode } from '../../cli/src/errors.ts'
import { transportErrors } from '../../collector/src/errors.ts'
import { apiErrorTable } from '../../dashboard/src/server/errors.ts'
import { errorTable } from '../../protocol/src/index.ts'
import { documentedCodes, sourceCodes } from '../../protocol/test/error-docs.ts'

// The codes of the wire and of the backends are held to the page by the protocol's own tests.

type Table = Record<string, { status: number; retryable: boolean }>

const rowsOf = (table: Table): string[][] =>
  Object.entries(table).map(([code, { status, retryable }]) => [code, `${status}`, retryable ? 'yes' : 'no'])
const documented = (section: string, columns: number): string[][] =>
  documentedCodes(section).map((row) => row.slice(0, columns))

test("docs/errors.md lists exactly the codes of the collector's HTTP layer", () => {
  const own = Object.entries(transportErrors).filter(([code]) => !Object.hasOwn(errorTable, code))
  expect(documented("The collector's HTTP layer", 3).sort()).toEqual(rowsOf(Object.fromEntries(own)).sort())
})

test('docs/errors.md lists exactly the codes of the read API', () => {
  expect(documented('The read API', 3).sort()).toEqual(rowsOf(apiErrorTable).sort())
})

test('docs/errors.md lists exactly the codes of the command, with their exit codes', () => {
  const codes = sourceCodes('cli/src/errors.ts') as CliErrorCode[]
  expect(codes.length).toBeGreaterThan(5)
  const actual = codes.map((code) => [code, `${new CliError(code).exitCode}`])
  expect(documented('The command', 2).sort()).toEqual(actual.sort())
})

test("docs/errors.md lists exactly the codes of the processor's start", () => {
  const codes = documented("The processor's start", 1).flat()
  expect(codes.sort()).toEqual(sourceCodes('processor/src/enrich/errors.ts').sort())
})

test('docs/errors.md says for each of them what happened and what to do', () => {
  for (const section of ["The collector's HTTP layer", 'The read API'])
    for (const row of documentedCodes(section)) expect(row.filter(Boolean), row[0]).toHaveLength(5)
  for (const row of documentedCodes("The processor's start")) expect(row.filter(Boolean), row[0]).toHaveLength(3)
  for (const row of documentedCodes('The command')) expect(row.filter(Boolean), row[0]).toHaveLength(4)
})
