import { statSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import { openDatabase, toBackendError } from '../sqlite/database.ts'
import { createTables, migrations, type Tables } from './sqlite-tables.ts'
import type { Request, ThreadData } from './thread.ts'

export interface Connection {
  /**
   * Does all requests in one transaction and returns their results in order. `drain` gives what has arrived while it
   * waited for the file; that is added to `requests`. Whatever it throws, nothing was done, and the file is opened anew
   * for the next run: so the queue works again as soon as the disk does.
   */
  run(requests: Request[], drain: () => Request[]): unknown[]
  /** Leaves the file as small as it can be. */
  close(): void
}

interface Handle {
  db: DatabaseSync
  tables: Tables
  /** Of the file when it was opened: a file deleted underneath us would swallow messages for good. */
  inode: number
  /** What the last empty receive saw. Until either changes, the next one is empty, too. */
  empty?: { dataVersion: number; nextReadyAt: number }
}

/** The others may be undone by a power cut: a message whose ack or lease is forgotten is delivered once more. */
const durableCalls = new Set<Request['call']>(['send', 'redrive'])
const tidyAfterMs = 5_000

export function createConnection(data: ThreadData): Connection {
  const { path, busyMs } = data
  let handle: Handle | undefined
  let isTidyDue = false

  const giveUp = (): void => {
    const closing = handle
    handle = undefined
    try {
      closing?.db.close()
    } catch {
      // It is given up because it failed; that it fails once more on the way out changes nothing.
    }
  }

  const ensureHandle = (): Handle => {
    if (handle && inodeOf(path) !== handle.inode) giveUp()
    handle ??= openHandle(data)
    return handle
  }

  const tidyLater = (): void => {
    if (isTidyDue) return
    isTidyDue = true
    setTimeout(() => {
      isTidyDue = false
      if (handle) tidy(handle.db)
    }, tidyAfterMs).unref()
  }

  return {
    run(requests, drain) {
      if (requests.every(({ call }) => call === 'close')) return requests.map(() => undefined)
      const open = ensureHandle()
      if (requests.every(({ call, now }) => call === 'receive' && isStillEmpty(open, now)))
        return requests.map(() => [])
      const isDurable = requests.some(({ call }) => durableCalls.has(call))
      try {
        open.db.exec(isDurable ? 'PRAGMA synchronous = FULL' : 'PRAGMA synchronous = NORMAL')
        begin(open.db, path, busyMs)
        if (isDurable) requests.push(...drain())
        delete open.empty
        const results = requests.map((request) => perform(open, request))
        open.db.exec('COMMIT')
        if (requests.some(({ call }) => call === 'scrub')) scrub(open.db)
        if (requests.some(({ call }) => call === 'ack')) tidyLater()
        return results
      } catch (error) {
        giveUp()
        throw error
      }
    },
    close() {
      if (handle) tidy(handle.db)
      giveUp()
    },
  }
}

function openHandle({ path, maxReceives, busyMs }: ThreadData): Handle {
  const db = openDatabase(path, { migrations, busyMs })
  try {
    db.exec('PRAGMA busy_timeout = 0') // begin() waits in its own way
    db.exec('PRAGMA wal_autocheckpoint = 4000')
    return { db, tables: createTables(db, maxReceives), inode: inodeOf(path) }
  } catch (error) {
    db.close()
    throw error
  }
}

const inodeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.ino ?? 0

/**
 * SQLite's own way to wait sleeps up to 100 ms between looks, so against a process that commits back to back it may
 * never see the file free. Looking every half millisecond finds the gaps.
 */
function begin(db: DatabaseSync, path: string, busyMs: number): void {
  const giveUpAt = performance.now() + busyMs
  const never = new Int32Array(new SharedArrayBuffer(4))
  for (;;) {
    try {
      db.exec('BEGIN IMMEDIATE')
      return
    } catch (error) {
      const isBusy = toBackendError(error, path).code === 'file_locked'
      if (!isBusy || performance.now() > giveUpAt) throw error
    }
    Atomics.wait(never, 0, 0, 0.5)
  }
}

function perform(handle: Handle, { call, now, args }: Request): unknown {
  if (call === 'open' || call === 'close' || call === 'scrub') return undefined
  const result = (handle.tables[call] as (now: number, ...args: unknown[]) => unknown)(now, ...args)
  if (call === 'receive' && (result as unknown[]).length === 0)
    handle.empty = { dataVersion: dataVersion(handle.db), nextReadyAt: handle.tables.nextReadyAt(now) }
  else delete handle.empty
  return result
}

/** Changes whenever another connection has changed the file; costs a look at shared memory. */
const dataVersion = (db: DatabaseSync): number => Number(db.prepare('PRAGMA data_version').get()?.data_version)

function isStillEmpty({ db, empty }: Handle, now: number): boolean {
  return empty !== undefined && now < empty.nextReadyAt && dataVersion(db) === empty.dataVersion
}

/** 32 MiB each, at 4 KiB a page. */
const freePagesWorthVacuum = 8_192
const usedPagesQuickToVacuum = 8_192

/** 256 MiB. */
const usedPagesToScrub = 65_536

/** Makes the file anew, of what is still in it, and empties the log. */
function scrub(db: DatabaseSync): void {
  const pragma = (name: string): number => Number(db.prepare(`PRAGMA ${name}`).get()?.[name])
  if (pragma('page_count') - pragma('freelist_count') > usedPagesToScrub) return
  db.exec('VACUUM')
  db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
}

/** Gives space back after a backlog: messages that are gone leave free pages, which only a vacuum returns to the disk. */
function tidy(db: DatabaseSync): void {
  try {
    const pragma = (name: string): number => Number(db.prepare(`PRAGMA ${name}`).get()?.[name])
    const free = pragma('freelist_count')
    if (free > freePagesWorthVacuum && pragma('page_count') - free < usedPagesQuickToVacuum) db.exec('VACUUM')
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  } catch {
    // Somebody else is at work on the file, or the disk fails, which the next request will find out.
  }
}
