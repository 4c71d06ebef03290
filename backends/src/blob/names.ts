import { BackendError } from '../errors.ts'

/**
 * Names become paths through marks that no name can hold:
 *
 * - a folder ends in `~`, because `a` and `a/b` are both names and no file can also be a folder;
 * - a segment of 200 characters or more goes on inside a folder that ends in `+`, because file names stop at 255;
 * - `=` stands for a rest of nothing after such a cut.
 */
const maxSegment = 200

/** Throws `invalid_name` for a name the port does not allow. */
export function checkName(name: string): void {
  if (!isName(name)) throw new BackendError('invalid_name', JSON.stringify(name).slice(0, 80))
}

export function isName(name: string): boolean {
  const isHostile = (segment: string): boolean => segment === '' || segment === '.' || segment === '..'
  return typeof name === 'string' && /^[A-Za-z0-9._/-]{1,512}$/.test(name) && !name.split('/').some(isHostile)
}

/** Throws `invalid_name` for what a link may not suggest as the name of a file. */
export function checkFileName(name: string): void {
  if (!/^[A-Za-z0-9._-]{1,200}$/.test(name)) throw new BackendError('invalid_name', JSON.stringify(name).slice(0, 80))
}

/** The file of a name, relative to the blob folder. */
export function nameToPath(name: string): string {
  const segments = name.split('/')
  return segments
    .map((segment, index) => {
      const isFolder = index < segments.length - 1
      const pieces: string[] = []
      let rest = segment
      for (; rest.length >= maxSegment; rest = rest.slice(maxSegment)) pieces.push(`${rest.slice(0, maxSegment)}+/`)
      return `${pieces.join('')}${rest || '='}${isFolder ? '~' : ''}`
    })
    .join('/')
}

/** What an entry of a folder adds to the name. Undefined for a file that is none of ours. */
export function entryToName(entry: string, isFolder: boolean): string | undefined {
  const match = /^(=|[A-Za-z0-9._-]+)([~+]?)$/.exec(entry)
  if (!match) return undefined
  const [, text = '', mark = ''] = match
  if (isFolder !== (mark !== '')) return undefined
  return `${text === '=' ? '' : text}${mark === '~' ? '/' : ''}`
}
