// Checks the rules of the house that no linter knows: node scripts/tidy.ts [folder]
// Prints every offence as file:line and ends with 1 if there is one.
import { resolve } from 'node:path'
import { checkTidy } from './tidy/check.ts'

const root = resolve(process.argv[2] ?? new URL('..', import.meta.url).pathname)
const report = checkTidy(root)
for (const { path, line, rule, message } of report.offences) console.error(`${path}:${line}  ${rule}: ${message}`)
const { files, documentedFunctions, exportedFunctions, commentsPerHundredLines } = report
console.log(
  `tidy: ${report.offences.length} offences in ${files} files; ${documentedFunctions} of ${exportedFunctions} exported functions documented, ${commentsPerHundredLines} comment lines in 100`,
)
process.exitCode = report.offences.length === 0 ? 0 : 1
