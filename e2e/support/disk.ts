import { execFileSync } from 'node:child_process'
import { chmodSync, closeSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { makeFolder, removeFolder } from './data-folder.ts'

/** A place for data that can be made to fail. */
export interface Place {
  readonly folder: string
  /** Nobody may have a file open there. */
  setReadOnly(isReadOnly: boolean): void
  /** Nobody may have a file open there. */
  remove(): void
}

/** A small disk of its own. */
export interface Disk extends Place {
  /** Leaves not a byte free. */
  fill(): void
  /** Gives back what `fill` took. */
  free(): void
}

const fillerName = 'filler'

/** Mounts a tmpfs, which takes root. */
export function mountDisk(mebibytes: number): Disk {
  const folder = makeFolder()
  const filler = join(folder, fillerName)
  try {
    run('mount', '-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'trailstitch-e2e', folder)
  } catch (error) {
    removeFolder(folder)
    throw error
  }
  return {
    folder,
    fill: () => fillUp(filler),
    free: () => rmSync(filler),
    setReadOnly: (isReadOnly) => run('mount', '-o', `remount,${isReadOnly ? 'ro' : 'rw'}`, folder),
    remove() {
      run('umount', folder)
      removeFolder(folder)
    },
  }
}

const run = (program: string, ...words: string[]): void => void execFileSync(program, words, { stdio: 'pipe' })

/** Why {@link mountDisk} can't be used here; undefined when it can. A container's root may not mount either. */
export function whyNoDisk(): string | undefined {
  try {
    mountDisk(1).remove()
    return undefined
  } catch (error) {
    return (error as Error).message.trim()
  }
}

/** An ordinary folder. Rights do not hold root back, so as root it is never read-only. */
export function makePlace(): Place {
  const folder = makeFolder()
  return {
    folder,
    setReadOnly(isReadOnly) {
      for (const name of readdirSync(folder)) chmodSync(join(folder, name), isReadOnly ? 0o400 : 0o600)
      chmodSync(folder, isReadOnly ? 0o500 : 0o700)
    },
    remove: () => removeFolder(folder),
  }
}

function fillUp(path: string): void {
  const file = openSync(path, 'a')
  try {
    // Where a large block no longer fits, small ones may.
    for (const bytes of [1024 * 1024, 4096, 1]) {
      while (wasWritten(file, Buffer.alloc(bytes, 1))) {
        // until the disk refuses it
      }
    }
  } finally {
    closeSync(file)
  }
}

function wasWritten(file: number, block: Buffer): boolean {
  try {
    return writeSync(file, block) > 0
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return false
    throw error
  }
}
