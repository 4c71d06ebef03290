import { type Comment, type Node, parseSync, Visitor } from 'oxc-parser'

/** What the rules need to know of one source file, gathered in a single walk over its syntax tree. Lines count from 1. */
export interface Facts {
  imports: Import[]
  functions: { name: string; line: number; lines: number }[]
  /** Reads of the environment, in any spelling. */
  envReads: number[]
  defaultExports: number[]
  anys: number[]
  /** Comments that switch the compiler off. */
  suppressions: number[]
  exportedFunctions: { line: number; documented: boolean }[]
  syntaxErrors: { line: number; message: string }[]
  commentLines: number
}

export interface Import {
  specifier: string
  line: number
  /** `import type` and `export type`: gone at run time. `import { type A }` is not, it still loads the file. */
  typeOnly: boolean
  /** Names taken, `*` for all of them. Empty for a dynamic import. */
  names: string[]
}

const suppression = new RegExp(`@ts-(?:${['ignore', 'expect-error', 'nocheck'].join('|')})`)
/** Groups of tests: as long as the tests in them. */
const groupers = new Set(['describe', 'suite'])

/** Reads the facts of one file. `path` tells the language by its ending. */
export function readFacts(path: string, text: string): Facts {
  const lineOf = createLineFinder(text)
  const { program, comments, errors } = parseSync(path, text)
  const facts: Facts = {
    imports: [],
    functions: [],
    envReads: [],
    defaultExports: [],
    anys: [],
    suppressions: comments.filter(({ value }) => suppression.test(value)).map(({ start }) => lineOf(start)),
    exportedFunctions: [],
    syntaxErrors: errors.map(({ message, labels }) => ({ line: lineOf(labels[0]?.start ?? 0), message })),
    commentLines: comments.reduce((sum, { start, end }) => sum + lineOf(end) - lineOf(start) + 1, 0),
  }
  new Visitor({ ...importVisitor(facts, lineOf), ...functionVisitor(facts, lineOf, text, comments) }).visit(program)
  new Visitor(bannedVisitor(facts, lineOf)).visit(program)
  return facts
}

type LineOf = (offset: number) => number
type Handlers = ConstructorParameters<typeof Visitor>[0]

function createLineFinder(text: string): LineOf {
  const starts = [0]
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return (offset) => {
    let low = 0
    let high = starts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((starts[middle] ?? 0) <= offset) low = middle
      else high = middle - 1
    }
    return low + 1
  }
}

/** Static, dynamic, re-exporting and `import('…').Type` imports. */
function importVisitor(facts: Facts, lineOf: LineOf): Handlers {
  const add = (node: Node, specifier: string, typeOnly: boolean, names: string[] = []): void => {
    facts.imports.push({ specifier, typeOnly, names, line: lineOf(node.start) })
  }
  return {
    ImportDeclaration(node) {
      const names = node.specifiers.map((each) =>
        each.type === 'ImportSpecifier'
          ? textOf(each.imported)
          : each.type === 'ImportDefaultSpecifier'
            ? 'default'
            : '*',
      )
      add(node, node.source.value, node.importKind === 'type', names)
    },
    ExportNamedDeclaration(node) {
      if (node.source)
        add(
          node,
          node.source.value,
          node.exportKind === 'type',
          node.specifiers.map(({ local }) => textOf(local)),
        )
    },
    ExportAllDeclaration(node) {
      add(node, node.source.value, node.exportKind === 'type', ['*'])
    },
    ImportExpression(node) {
      if (node.source.type === 'Literal' && typeof node.source.value === 'string') add(node, node.source.value, false)
    },
    TSImportType(node) {
      add(node, node.source.value, true)
    },
  }
}

const textOf = (node: { type: string; name?: string; value?: unknown }): string =>
  node.type === 'Literal' ? String(node.value) : (node.name ?? '')

function functionVisitor(facts: Facts, lineOf: LineOf, text: string, comments: Comment[]): Handlers {
  const groups = new Set<number>()
  const documentedEnds = comments
    .filter(({ type, value }) => type === 'Block' && value.startsWith('*'))
    .map((c) => c.end)
  const add = (node: Node, name: string | undefined): void => {
    if (groups.has(node.start)) return
    const line = lineOf(node.start)
    facts.functions.push({ name: name ?? 'a function', line, lines: lineOf(node.end) - line + 1 })
  }
  const addExport = (node: Node): void => {
    const documented = documentedEnds.some((end) => end <= node.start && text.slice(end, node.start).trim() === '')
    facts.exportedFunctions.push({ line: lineOf(node.start), documented })
  }
  return {
    CallExpression(node) {
      if (groupers.has(rootName(node.callee) ?? '')) for (const argument of node.arguments) groups.add(argument.start)
    },
    FunctionDeclaration(node) {
      add(node, node.id?.name)
    },
    FunctionExpression(node) {
      add(node, node.id?.name)
    },
    ArrowFunctionExpression(node) {
      add(node, undefined)
    },
    'ExportNamedDeclaration:exit'(node) {
      if (node.declaration?.type === 'FunctionDeclaration') addExport(node)
    },
  }
}

/** The leftmost name of a callee: `describe` for `describe.each(table)`. */
function rootName(node: Node): string | undefined {
  if (node.type === 'Identifier') return node.name
  if (node.type === 'MemberExpression') return rootName(node.object)
  if (node.type === 'CallExpression') return rootName(node.callee)
  return undefined
}

function bannedVisitor(facts: Facts, lineOf: LineOf): Handlers {
  return {
    TSAnyKeyword(node) {
      facts.anys.push(lineOf(node.start))
    },
    ExportDefaultDeclaration(node) {
      facts.defaultExports.push(lineOf(node.start))
    },
    ExportSpecifier(node) {
      if (textOf(node.exported) === 'default') facts.defaultExports.push(lineOf(node.start))
    },
    MemberExpression(node) {
      const property = node.computed ? node.property.type === 'Literal' && node.property.value : textOf(node.property)
      if (property === 'env' && isProcess(node.object)) facts.envReads.push(lineOf(node.start))
    },
    VariableDeclarator(node) {
      if (!node.init || !isProcess(node.init) || node.id.type !== 'ObjectPattern') return
      const taken = node.id.properties.some((each) => each.type === 'Property' && textOf(each.key as Named) === 'env')
      if (taken) facts.envReads.push(lineOf(node.start))
    },
    ImportDeclaration(node) {
      if (!/^(node:)?process$/.test(node.source.value)) return
      const taken = node.specifiers.some((each) => each.type === 'ImportSpecifier' && textOf(each.imported) === 'env')
      if (taken) facts.envReads.push(lineOf(node.start))
    },
  }
}

type Named = { type: string; name?: string; value?: unknown }

/** `process` itself, or `globalThis.process`. */
function isProcess(node: Node): boolean {
  if (node.type === 'Identifier') return node.name === 'process'
  return node.type === 'MemberExpression' && textOf(node.property as Named) === 'process'
}
