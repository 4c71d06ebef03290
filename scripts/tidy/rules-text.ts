import { posix } from 'node:path'
import type { Facts } from './facts.ts'
import type { Offence, SourceFile, Tree } from './tree.ts'

const maxFileLines = 400
const maxFunctionLines = 70
/** Files that may read the environment. */
const envFiles = new Set(['main.ts', 'config.ts'])
// Put together here, so that this file does not catch itself.
const leftover = new RegExp(`\\b(?:${['FIX' + 'ME', 'TO' + 'DO', 'XX' + 'X'].join('|')})\\b`)
const kebabCase = /^_?[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z0-9]+(?:-[a-z0-9]+)*)*$/
const configFile = /\.config\.[cm]?[jt]s$/

const isSource = (path: string): boolean => /^(?:examples\/)?[^/]+\/src\//.test(path)

/** Turns places found in code into offences. */
function report(
  tree: Tree,
  rule: string,
  message: string,
  find: (facts: Facts, file: SourceFile) => readonly number[],
): Offence[] {
  return tree.files.flatMap((file) =>
    (file.facts ? find(file.facts, file) : []).map((line) => ({ rule, path: file.path, line, message })),
  )
}

export function checkEnvironment(tree: Tree): Offence[] {
  const message = 'reads the environment: read it in main.ts or config.ts and pass the value in'
  return report(tree, 'environment', message, (facts, { path }) =>
    isSource(path) && !envFiles.has(posix.basename(path)) ? facts.envReads : [],
  )
}

export function checkDefaultExports(tree: Tree): Offence[] {
  return report(tree, 'default-export', 'has a default export: export it by name', (facts, { path }) =>
    configFile.test(path) ? [] : facts.defaultExports,
  )
}

export function checkAny(tree: Tree): Offence[] {
  return report(tree, 'any', 'uses "any": write the type, or "unknown" and narrow it', (facts, { path }) =>
    isSource(path) ? facts.anys : [],
  )
}

export function checkSuppressions(tree: Tree): Offence[] {
  return report(tree, 'suppression', 'switches the compiler off: mend what it complains about', (facts, { path }) =>
    isSource(path) ? facts.suppressions : [],
  )
}

export function checkSyntax(tree: Tree): Offence[] {
  return tree.files.flatMap(({ path, facts }) =>
    (facts?.syntaxErrors ?? []).map(({ line, message }) => ({ rule: 'syntax', path, line, message })),
  )
}

export function checkLengths(tree: Tree): Offence[] {
  return tree.files.flatMap(({ path, text, facts }) => {
    if (!facts) return []
    const lines = text.trimEnd().split('\n').length
    const long = facts.functions
      .filter((each) => each.lines > maxFunctionLines)
      .map(({ name, line, lines: length }) => ({
        rule: 'function-length',
        path,
        line,
        message: `${name} has ${length} lines, at most ${maxFunctionLines} are allowed: split it by what it does`,
      }))
    if (lines <= maxFileLines) return long
    const message = `has ${lines} lines, at most ${maxFileLines} are allowed: split it by what it does`
    return [...long, { rule: 'file-length', path, line: 1, message }]
  })
}

export function checkLeftovers(tree: Tree): Offence[] {
  return tree.files.flatMap(({ path, text }) =>
    text.split('\n').flatMap((content, index) => {
      const word = leftover.exec(content)?.[0]
      const message = `has a leftover ${word}: do it now, or open an issue`
      return word ? [{ rule: 'leftover', path, line: index + 1, message }] : []
    }),
  )
}

export function checkNames(tree: Tree): Offence[] {
  return tree.files
    .filter(({ facts, path }) => facts && !path.split('/').every((part) => kebabCase.test(part)))
    .map(({ path }) => ({
      rule: 'name',
      path,
      line: 1,
      message: 'is not named in kebab-case: lower-case words with dashes, as in "rate-limit.ts"',
    }))
}
