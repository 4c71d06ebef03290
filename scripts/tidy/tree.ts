import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { type Facts, readFacts } from './facts.ts'

/** A file of the repository. Paths are relative to the root, with forward slashes. */
export interface SourceFile {
  path: string
  text: string
  /** Only of code that can be parsed. */
  facts?: Facts
}

export interface Package {
  /** Such as `collector` or `examples/spa`; empty for the root. */
  folder: string
  name: string
  /** Present at run time: dependencies, peer and optional ones. */
  dependencies: Set<string>
  devDependencies: Set<string>
  /** Entry file by subpath: `.` -> `collector/src/index.ts`. */
  entries: Map<string, string>
}

export interface Tree {
  root: string
  files: SourceFile[]
  byPath: Map<string, SourceFile>
  packages: Package[]
}

/** One breach of the house rules. `line` counts from 1. */
export interface Offence {
  rule: string
  path: string
  line: number
  /** What is wrong and what to do about it. */
  message: string
}

const skippedFolders = new Set(['node_modules', 'dist', 'data', 'coverage', 'spec'])
const codeEnding = /\.(?:[cm]?[jt]s|[jt]sx)$/
const textEnding = /\.(?:css|html|md|sh|ya?ml)$/

/** Reads every source file below `root` that is ours. */
export function readTree(root: string): Tree {
  const files = listFiles(root, '').map((path): SourceFile => {
    const text = readFileSync(join(root, path), 'utf8')
    return codeEnding.test(path) ? { path, text, facts: readFacts(path, text) } : { path, text }
  })
  return { root, files, byPath: new Map(files.map((file) => [file.path, file])), packages: readPackages(root) }
}

function listFiles(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = posix.join(folder, entry.name)
    if (entry.isDirectory())
      return entry.name.startsWith('.') || skippedFolders.has(entry.name) ? [] : listFiles(root, path)
    return entry.isFile() && (codeEnding.test(path) || textEnding.test(path)) ? [path] : []
  })
}

interface PackageJson {
  name?: string
  workspaces?: string[]
  exports?: Record<string, { source?: string } | string>
  dependencies?: object
  peerDependencies?: object
  optionalDependencies?: object
  devDependencies?: object
}

const readJson = (path: string): PackageJson => JSON.parse(readFileSync(path, 'utf8')) as PackageJson

function readPackages(root: string): Package[] {
  const { workspaces = [] } = readJson(join(root, 'package.json'))
  const folders = workspaces.flatMap((pattern) => {
    if (!pattern.endsWith('/*')) return [pattern]
    const parent = pattern.slice(0, -2)
    if (!existsSync(join(root, parent))) return []
    return readdirSync(join(root, parent)).map((name) => `${parent}/${name}`)
  })
  return [...folders, '']
    .filter((folder) => existsSync(join(root, folder, 'package.json')))
    .map((folder) => toPackage(folder, readJson(join(root, folder, 'package.json'))))
}

function toPackage(folder: string, json: PackageJson): Package {
  const entries = Object.entries(json.exports ?? {}).flatMap(([subpath, target]): [string, string][] =>
    typeof target === 'object' && target.source ? [[subpath, posix.join(folder, target.source)]] : [],
  )
  return {
    folder,
    name: json.name ?? folder,
    dependencies: new Set([json.dependencies, json.peerDependencies, json.optionalDependencies].flatMap(keysOf)),
    devDependencies: new Set(keysOf(json.devDependencies)),
    entries: new Map(entries),
  }
}

const keysOf = (object: object | undefined): string[] => Object.keys(object ?? {})

/** The package a file belongs to; the root package for what lies outside of all others. */
export function packageOf(tree: Tree, path: string): Package | undefined {
  return tree.packages.find(({ folder }) => folder === '' || path.startsWith(`${folder}/`))
}

/** What an import leads to: a file of ours, a package of somebody else, a part of Node, or nothing. */
export type Target =
  | { kind: 'file'; path: string }
  | { kind: 'package'; name: string }
  | { kind: 'builtin' }
  | { kind: 'missing' }

export function resolveImport(tree: Tree, from: string, specifier: string): Target {
  if (specifier.startsWith('.')) {
    const path = posix.join(dirname(from), specifier.replace(/\?.*$/, ''))
    return tree.byPath.has(path) || existsSync(join(tree.root, path)) ? { kind: 'file', path } : { kind: 'missing' }
  }
  if (specifier.startsWith('/')) return { kind: 'missing' }
  if (specifier.startsWith('node:')) return { kind: 'builtin' }
  const name = packageName(specifier)
  const ours = tree.packages.find((each) => each.name === name)
  const path = ours?.entries.get(`.${specifier.slice(name.length)}`)
  return path ? { kind: 'file', path } : { kind: 'package', name }
}

/** `@scope/name` or `name`, without a subpath. */
export function packageName(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}
