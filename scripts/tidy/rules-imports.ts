import type { Import } from './facts.ts'
import {
  type Offence,
  type Package,
  packageName,
  packageOf,
  resolveImport,
  type SourceFile,
  type Tree,
} from './tree.ts'

/**
 * Which package may import which: the one direction of flow of ARCHITECTURE.md. `types` allows nothing at run time.
 * Folders that are not listed (cli, e2e, examples, scripts) put things together and may import every package.
 */
const allowed: Record<string, { packages: readonly string[]; types?: readonly string[] }> = {
  protocol: { packages: [] },
  backends: { packages: ['protocol'] },
  sdk: { packages: [], types: ['protocol'] },
  embed: { packages: [], types: ['protocol'] },
  collector: { packages: ['protocol', 'backends'] },
  processor: { packages: ['protocol', 'backends'] },
  dashboard: { packages: ['protocol', 'backends'] },
}
/** What runs in browsers has a package with a server: it takes types alone, and nothing of the server. */
const webFolder = 'dashboard/web/'
const webRule = { packages: [], types: ['protocol'] }
/** What the tests of any package may import besides the package itself. */
const allowedInTests = ['protocol', 'backends']

const topFolder = (path: string): string => path.split('/')[0] ?? ''
const isTest = (path: string): boolean => path.split('/')[1] === 'test'

/** Calls `visit` for every import of every file. */
function eachImport(tree: Tree, visit: (file: SourceFile, each: Import) => void): void {
  for (const file of tree.files) for (const each of file.facts?.imports ?? []) visit(file, each)
}

/** Imports between packages run one way only, in types, too, and by the package's name. */
export function checkDirection(tree: Tree): Offence[] {
  const offences: Offence[] = []
  eachImport(tree, (file, each) => {
    const target = resolveImport(tree, file.path, each.specifier)
    const to =
      target.kind === 'file'
        ? topFolder(target.path)
        : tree.packages.find(({ name }) => target.kind === 'package' && name === target.name)?.folder.split('/')[0]
    const message = to && complain(file.path, to, each, target.kind === 'file' ? target.path : '')
    if (message) offences.push({ rule: 'direction', path: file.path, line: each.line, message })
  })
  return offences
}

function complain(from: string, to: string, each: Import, targetPath: string): string | undefined {
  const folder = topFolder(from)
  const rule = from.startsWith(webFolder) ? webRule : allowed[folder]
  if (from.includes('/src/') && isTest(targetPath))
    return `imports "${each.specifier}" from a test folder: move it to src`
  if (from.startsWith(webFolder) && to === folder && targetPath !== '' && !targetPath.startsWith(webFolder))
    return `what runs in browsers may import nothing of the server: "${each.specifier}"`
  if (!rule || to === folder) return undefined
  if (isTest(from)) {
    if (to in allowed && !allowedInTests.includes(to))
      return `a test of ${folder} may import ${folder}, ${allowedInTests.join(' and ')}, not ${to}: move the test to e2e`
    return undefined
  }
  if (rule.types?.includes(to) && !each.typeOnly)
    return `${folder} may import only types from ${to}: write "import type", or copy the value`
  if (!rule.packages.includes(to) && !rule.types?.includes(to)) {
    const may = [...rule.packages, ...(rule.types ?? [])].join(' and ') || 'no other package'
    return `${folder} may import ${may}, not ${to}: move the code down, or pass it in from cli`
  }
  if (each.specifier.startsWith('.')) return `reaches into ${to} by path: import it by its package name`
  return undefined
}

/** A package that is imported is declared where npm looks for it. */
export function checkDeclared(tree: Tree): Offence[] {
  const offences: Offence[] = []
  const root = tree.packages.find(({ folder }) => folder === '')
  eachImport(tree, (file, each) => {
    if (/^(?:[./#]|node:|data:)/.test(each.specifier)) return
    const name = packageName(each.specifier)
    const owner = packageOf(tree, file.path)
    if (!owner || name === owner.name || isDeclared(name, owner, root, file.path, each)) return
    const place = owner.folder ? `${owner.folder}/package.json` : 'package.json'
    const message = `"${name}" is not declared in ${place}: npm i -w ${owner.name} ${name} (Node's own parts need "node:")`
    offences.push({ rule: 'declared', path: file.path, line: each.line, message })
  })
  return offences
}

function isDeclared(name: string, owner: Package, root: Package | undefined, path: string, each: Import): boolean {
  if (owner.dependencies.has(name)) return true
  const ships = owner.folder !== '' && path.startsWith(`${owner.folder}/src/`)
  // Types are gone when the package is used, so it is enough that they are there when it is built.
  if (ships && !each.typeOnly) return false
  return owner.devDependencies.has(name) || (!ships && root?.devDependencies.has(name) === true)
}

/** A relative import leads to a file, with its real ending. */
export function checkResolved(tree: Tree): Offence[] {
  const offences: Offence[] = []
  eachImport(tree, (file, each) => {
    if (resolveImport(tree, file.path, each.specifier).kind !== 'missing') return
    const message = `"${each.specifier}" leads to no file: relative imports name the file with its ending, as in "./name.ts"`
    offences.push({ rule: 'resolved', path: file.path, line: each.line, message })
  })
  return offences
}

/** No file imports itself by way of others, in types, too. One offence a knot, with the way round. */
export function checkCycles(tree: Tree): Offence[] {
  const edges = new Map<string, { to: string; line: number }[]>()
  eachImport(tree, (file, each) => {
    const target = resolveImport(tree, file.path, each.specifier)
    if (target.kind !== 'file' || !tree.byPath.has(target.path)) return
    const list = edges.get(file.path) ?? []
    list.push({ to: target.path, line: each.line })
    edges.set(file.path, list)
  })
  return findCycles(edges).map((cycle) => {
    const [path = '', next = path] = cycle
    const line = edges.get(path)?.find(({ to }) => to === next)?.line ?? 1
    const way = [...cycle, path].join(' -> ')
    return { rule: 'cycle', path, line, message: `imports itself: ${way}. Move what both need into a file of its own` }
  })
}

/** Depth-first search that reports each edge back onto the current path, once per set of files. */
function findCycles(edges: Map<string, { to: string }[]>): string[][] {
  const cycles: string[][] = []
  const done = new Set<string>()
  const path: string[] = []
  const visit = (file: string): void => {
    const at = path.indexOf(file)
    if (at >= 0) cycles.push(path.slice(at))
    if (at >= 0 || done.has(file)) return
    path.push(file)
    for (const { to } of edges.get(file) ?? []) visit(to)
    path.pop()
    done.add(file)
  }
  for (const file of [...edges.keys()].sort()) visit(file)
  const unique = new Map(cycles.map((cycle) => [[...cycle].sort().join(), cycle]))
  return [...unique.values()]
}
