import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { type Bloom, createBloom } from './bloom.ts'

const dayMs = 86_400_000
/** How long after its day a table may still grow, by processes whose clocks are behind. */
const settleMs = 5 * 60_000

/**
 * Who came first: a messageId is claimed by the first event that carries it. Claims lie in one table a day of claiming, so
 * that a table stays small enough to be written fast and old claims leave as a whole. Tables of days that are over for
 * everybody no longer change; a Bloom filter each, made at first use, spares nearly all look-ups in them.
 */
export interface Claims {
  /**
   * For each 16-byte key, whether it is new. Call inside a transaction; keys must differ and be sorted. `block` is noted
   * with those that are: the newest block there is, behind which their events are about to be written.
   */
  take(keys: readonly Uint8Array[], now: number, block: number): boolean[]
  /** Notes claims of a day as they are. Call inside a transaction. */
  put(day: number, keys: readonly Uint8Array[]): void
  /** Drops tables whose every claim is older than the window. */
  expire(now: number): void
}

export function createClaims(db: DatabaseSync, dedupeMs: number): Claims {
  const tables = createTableList(db)
  const closed = new Map<string, { find: StatementSync; bloom: Bloom }>()
  let open: { name: string; insert: StatementSync } | undefined

  const openDay = (now: number, existing: readonly string[]): StatementSync => {
    const name = `claims_${Math.floor(now / dayMs)}`
    if (open?.name === name && existing.includes(name)) return open.insert
    open = { name, insert: openTable(name) }
    return open.insert
  }
  const openTable = (name: string): StatementSync => {
    db.exec(`CREATE TABLE IF NOT EXISTS ${name} (key BLOB PRIMARY KEY, block INTEGER) WITHOUT ROWID`)
    // A table that an older version made today.
    if (!hasBlocks(db, name)) db.exec(`ALTER TABLE ${name} ADD COLUMN block INTEGER`)
    closed.delete(name)
    return db.prepare(`INSERT OR IGNORE INTO ${name} (key, block) VALUES (?, ?)`)
  }

  /** Whether a key is in the table of another day than the one that is written to. */
  const lookUpIn = (name: string, now: number): ((key: Uint8Array) => boolean) => {
    if (!isSettled(name, now)) {
      const find = db.prepare(`SELECT 1 FROM ${name} WHERE key = ?`)
      return (key) => find.get(key) !== undefined
    }
    const { find, bloom } = closedDay(name)
    return (key) => bloom.has(key) && find.get(key) !== undefined
  }

  const closedDay = (name: string): { find: StatementSync; bloom: Bloom } => {
    let day = closed.get(name)
    if (!day) {
      const count = Number(db.prepare(`SELECT count(*) AS n FROM ${name}`).get()?.n)
      const bloom = createBloom(count)
      for (const row of db.prepare(`SELECT key FROM ${name}`).iterate()) bloom.add(row.key as Uint8Array)
      day = { find: db.prepare(`SELECT 1 FROM ${name} WHERE key = ?`), bloom }
      closed.set(name, day)
    }
    return day
  }

  return {
    take(keys, now, block) {
      const existing = tables()
      const insert = openDay(now, existing)
      const others = existing
        .filter((name) => name !== open?.name && isInWindow(name, now, dedupeMs))
        .map((name) => lookUpIn(name, now))
      return keys.map((key) => {
        for (const isIn of others) if (isIn(key)) return false
        return Number(insert.run(key, block).changes) === 1
      })
    },
    put(day, keys) {
      const insert = openTable(`claims_${day}`)
      for (const key of keys) insert.run(key, null)
    },
    expire(now) {
      for (const name of tables()) {
        if (isInWindow(name, now, dedupeMs)) continue
        db.exec(`DROP TABLE ${name}`)
        closed.delete(name)
      }
    },
  }
}

/** Finds a claim, for questions about one event. */
export interface ClaimFinder {
  /** When the key was claimed, in days since 1970, and the block behind which its event lies, where that is known. */
  find(key: Uint8Array): { day: number; block: number | undefined } | undefined
  /** The first day of which there are claims. */
  firstDay(): number | undefined
}

export function createClaimFinder(db: DatabaseSync): ClaimFinder {
  const tables = createTableList(db)
  return {
    find(key) {
      for (const name of tables().reverse()) {
        const row = db
          .prepare(`SELECT ${hasBlocks(db, name) ? 'block' : 'NULL AS block'} FROM ${name} WHERE key = ?`)
          .get(key)
        if (row) return { day: dayOf(name), block: (row.block as number | null) ?? undefined }
      }
      return undefined
    },
    firstDay() {
      const [first] = tables()
      return first === undefined ? undefined : dayOf(first)
    },
  }
}

/** Oldest first: days have as many digits each for some centuries. */
function createTableList(db: DatabaseSync): () => string[] {
  const names = db.prepare(`SELECT name FROM sqlite_master WHERE type = 'table' AND name GLOB 'claims_*' ORDER BY name`)
  return () => names.all().map((row) => row.name as string)
}

const hasBlocks = (db: DatabaseSync, name: string): boolean =>
  db.prepare(`SELECT 1 FROM pragma_table_info(?) WHERE name = 'block'`).get(name) !== undefined

const dayOf = (name: string): number => Number(name.slice('claims_'.length))

/** When the day of a table ends. */
const endOf = (name: string): number => (dayOf(name) + 1) * dayMs

const isSettled = (name: string, now: number): boolean => endOf(name) + settleMs <= now

/** A day counts while its last moment is within the window. */
const isInWindow = (name: string, now: number, dedupeMs: number): boolean => endOf(name) > now - dedupeMs
