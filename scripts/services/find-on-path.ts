import { existsSync } from 'node:fs'
import type { Env } from './service.ts'

/** Where programs of these names are on the PATH, the first name's places first. */
export function findOnPath(names: readonly string[], env: Env): string[] {
  const folders = (env.PATH ?? '').split(':').filter(Boolean)
  return names.flatMap((name) => folders.map((folder) => `${folder}/${name}`)).filter((path) => existsSync(path))
}
