import { spawn } from 'node:child_process'

/** Another program that writes to a SQLite file and takes its time. */
export interface Lock {
  /** Ends its transaction. Resolves when the file is free. */
  release(): Promise<void>
}

const program = `
  const { DatabaseSync } = require('node:sqlite')
  const db = new DatabaseSync(process.argv[1])
  db.exec('PRAGMA busy_timeout = 10000; BEGIN EXCLUSIVE')
  console.log('locked')
  process.stdin.on('end', () => db.close()).resume()`

/** Starts a process that locks the file, and resolves once it has it. */
export async function lockFile(path: string): Promise<Lock> {
  const child = spawn(process.execPath, ['-e', program, path], { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
  })
  await Promise.race([
    new Promise<void>((resolve) => {
      child.stdout.once('data', () => resolve())
    }),
    ended.then(() => {
      throw new Error(`${path} could not be locked`)
    }),
  ])
  return {
    async release() {
      child.stdin.end()
      await ended
    },
  }
}
