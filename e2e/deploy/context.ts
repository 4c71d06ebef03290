import { globSync } from 'node:fs'
import { relative } from 'node:path'

/** The files of a folder that a .dockerignore lets through. */
export function listContext(root: string, ignoreFile: string): string[] {
  const isIgnored = createIgnore(ignoreFile)
  // Ours keeps these out in any case, and looking into them takes longer than all else.
  const isHeavy = (name: string): boolean => ['node_modules', '.git', 'dist'].includes(name)
  return globSync(['**/*', '**/.*'], { cwd: root, withFileTypes: true, exclude: ({ name }) => isHeavy(name) })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, `${entry.parentPath}/${entry.name}`))
    .filter((path) => !isIgnored(path))
    .sort()
}

/** Whether a file stays out: the last line that fits it, or a folder it lies in, decides. */
export function createIgnore(ignoreFile: string): (path: string) => boolean {
  const rules = ignoreFile
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => ({ isOut: !line.startsWith('!'), pattern: toPattern(line.replace(/^!/, '')) }))
  return (path) => rules.findLast(({ pattern }) => pattern.test(path))?.isOut ?? false
}

/** `*` stays within a folder, `**` does not; what fits a folder fits all that lies in it. */
function toPattern(line: string): RegExp {
  const source = line
    .split('**/')
    .map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '[^/]*'))
    .join('(?:.*/)?')
  return new RegExp(`^${source}(?:/.*)?$`)
}
