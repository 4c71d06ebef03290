import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createMongoRun } from '../mongo-run.ts'

/** Works on a new, empty database of its own; it is gone when the work is done. */
export type OnNewDatabase = <T>(work: (url: string) => Promise<T>) => Promise<T>

/** SQLite files of a folder, for as long as `use` takes. */
export async function withFiles(use: (onNew: OnNewDatabase) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'stores-'))
  let number = 0
  try {
    await use(async (work) => {
      const path = join(folder, `${number++}.db`)
      const result = await work(`sqlite:${path}`)
      rmSync(path, { force: true })
      return result
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Databases of the server that MONGO_URL names, for as long as `use` takes. */
export async function withMongo(use: (onNew: OnNewDatabase) => Promise<void>): Promise<void> {
  const databases = createMongoRun(process.env.MONGO_URL ?? '')
  let number = 0
  try {
    await use(async (work) => {
      const result = await work(databases.url(`run${number++}`))
      await databases.drop()
      return result
    })
  } finally {
    await databases.drop()
  }
}
