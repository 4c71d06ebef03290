import { checkCycles, checkDeclared, checkDirection, checkResolved } from './rules-imports.ts'
import {
  checkAny,
  checkDefaultExports,
  checkEnvironment,
  checkLeftovers,
  checkLengths,
  checkNames,
  checkSuppressions,
  checkSyntax,
} from './rules-text.ts'
import { type Offence, readTree, type Tree } from './tree.ts'

const rules: readonly ((tree: Tree) => Offence[])[] = [
  checkSyntax,
  checkDirection,
  checkDeclared,
  checkResolved,
  checkCycles,
  checkEnvironment,
  checkLengths,
  checkLeftovers,
  checkDefaultExports,
  checkAny,
  checkSuppressions,
  checkNames,
]

export interface TidyReport {
  /** By file and line. Empty when all is well. */
  offences: Offence[]
  files: number
  /** Functions exported from src, and how many of them have a doc comment. */
  exportedFunctions: number
  documentedFunctions: number
  /** In src: lines that are comments, of 100. */
  commentsPerHundredLines: number
}

/** Holds the tree below `root` against every rule. */
export function checkTidy(root: string): TidyReport {
  const tree = readTree(root)
  const offences = rules.flatMap((rule) => rule(tree))
  offences.sort((a, b) => a.path.localeCompare(b.path) || a.line - b.line || a.rule.localeCompare(b.rule))
  const sources = tree.files.filter(({ path, facts }) => facts && path.includes('/src/'))
  const exported = sources.flatMap(({ facts }) => facts?.exportedFunctions ?? [])
  const lines = sources.reduce((sum, { text }) => sum + text.split('\n').length - 1, 0)
  const comments = sources.reduce((sum, { facts }) => sum + (facts?.commentLines ?? 0), 0)
  return {
    offences,
    files: tree.files.length,
    exportedFunctions: exported.length,
    documentedFunctions: exported.filter(({ documented }) => documented).length,
    commentsPerHundredLines: lines === 0 ? 0 : Math.round((100 * comments) / lines),
  }
}
