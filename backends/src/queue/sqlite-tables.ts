import type { DatabaseSync } from 'node:sqlite'
import type { Delivery, ListedMessage, QueueDepth } from './port.ts'

/**
 * Bodies live apart from the rows that change with every receive: a row is a few dozen bytes, a body up to 1 MiB.
 *
 * state 0: waiting, 1: leased, 2: dead. `ready_at` is when the message may be received next: the end of a delay, or of
 * the lease, so a lease that runs out needs nobody to notice. `delivery` counts up for ever; with the id, which
 * AUTOINCREMENT never gives out twice, it makes a receipt.
 */
export const migrations: readonly string[] = [
  `CREATE TABLE message (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     sent_at INTEGER NOT NULL,
     ready_at INTEGER NOT NULL,
     state INTEGER NOT NULL DEFAULT 0,
     receives INTEGER NOT NULL DEFAULT 0,
     delivery INTEGER NOT NULL DEFAULT 0
   );
   CREATE INDEX message_ready ON message (ready_at) WHERE state < 2;
   CREATE INDEX message_dead ON message (id) WHERE state = 2;
   CREATE TABLE body (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL);`,
]

export interface Page {
  items: ListedMessage[]
  nextCursor: string | null
}

/** What a queue does inside a transaction. `now` is the caller's clock, ms since 1970. */
export interface Tables {
  send(now: number, bodies: readonly Uint8Array[]): void
  receive(now: number, max: number, leaseMs: number): Delivery[]
  ack(now: number, receipts: readonly string[]): void
  nack(now: number, receipts: readonly string[], delayMs: number): void
  extend(now: number, receipts: readonly string[], leaseMs: number): void
  list(now: number, state: 'pending' | 'dead', limit: number, cursor: string | undefined): Page
  redrive(now: number, ids: readonly string[] | undefined): number
  depth(now: number): QueueDepth
  /** When the next message that is delayed or leased will be ready; infinity without one. */
  nextReadyAt(now: number): number
}

interface Row {
  id: number
  sent_at: number
  receives: number
  delivery: number
}

export function createTables(db: DatabaseSync, maxReceives: number): Tables {
  const sql = prepareAll(db)
  // Nobody has to receive a message for it to be seen as dead.
  const buryAll = (now: number): void => void sql.buryAll.run(now, maxReceives)
  return {
    send(now, bodies) {
      for (const body of bodies) {
        const { lastInsertRowid } = sql.insert.run(now, now)
        sql.insertBody.run(lastInsertRowid, body)
      }
    },
    receive: (now, max, leaseMs) => receive(sql, maxReceives, now, max, leaseMs),
    ack(_now, receipts) {
      for (const [id, delivery] of parseReceipts(receipts))
        if (sql.remove.run(id, delivery).changes > 0) sql.removeBody.run(id)
    },
    nack(now, receipts, delayMs) {
      for (const [id, delivery] of parseReceipts(receipts)) sql.giveBack.run(now + delayMs, id, delivery)
    },
    extend(now, receipts, leaseMs) {
      for (const [id, delivery] of parseReceipts(receipts)) sql.extend.run(now + leaseMs, id, delivery)
    },
    list(now, state, limit, cursor) {
      buryAll(now)
      return readPage(sql, state, limit, Number(cursor ?? 0))
    },
    redrive(now, ids) {
      buryAll(now)
      if (!ids) return Number(sql.redriveAll.run(now).changes)
      return ids.reduce((count, id) => count + Number(sql.redrive.run(now, Number(id)).changes), 0)
    },
    depth(now) {
      buryAll(now)
      return readDepth(sql, now)
    },
    nextReadyAt: (now) => Number(sql.nextReady.get(now)?.at ?? Number.POSITIVE_INFINITY),
  }
}

type Statements = ReturnType<typeof prepareAll>

const bodyOf = (sql: Statements, id: number): Uint8Array => sql.body.get(id)?.bytes as Uint8Array

function receive(sql: Statements, maxReceives: number, now: number, max: number, leaseMs: number): Delivery[] {
  const found: Delivery[] = []
  while (found.length < max) {
    const rows = sql.ready.all(now, max - found.length) as unknown as Row[]
    if (rows.length === 0) break
    for (const { id, sent_at, receives, delivery } of rows) {
      if (receives >= maxReceives) {
        sql.bury.run(id)
        continue
      }
      // A lease of no time would have the same message found again below.
      sql.lease.run(now + Math.max(leaseMs, 1), id)
      found.push({ receipt: `${id}-${delivery + 1}`, body: bodyOf(sql, id), receives: receives + 1, sentAt: sent_at })
    }
  }
  return found
}

function readPage(sql: Statements, state: 'pending' | 'dead', limit: number, after: number): Page {
  // One more than asked for tells whether there is another page.
  const rows = (state === 'dead' ? sql.listDead : sql.listPending).all(after, limit + 1) as unknown as Row[]
  const items = rows
    .slice(0, limit)
    .map(({ id, sent_at, receives }) => ({ id: String(id), body: bodyOf(sql, id), receives, sentAt: sent_at }))
  return { items, nextCursor: rows.length > limit ? (items.at(-1)?.id ?? null) : null }
}

function readDepth(sql: Statements, now: number): QueueDepth {
  const row = sql.depth.get(now) as unknown as { total: number; dead: number; leased: number; oldest: number | null }
  return {
    waiting: row.total - row.dead - row.leased,
    leased: row.leased,
    dead: row.dead,
    oldestAgeMs: row.oldest === null ? 0 : Math.max(0, now - row.oldest),
  }
}

/** Receipts that this queue never gave out name no row, like those whose lease has passed on. */
function* parseReceipts(receipts: readonly string[]): Generator<[id: number, delivery: number]> {
  for (const receipt of receipts) {
    const [id = 0, delivery = 0] = receipt.split('-').map(Number)
    if (id > 0 && delivery > 0) yield [id, delivery]
  }
}

function prepareAll(db: DatabaseSync) {
  const columns = 'SELECT id, sent_at, receives, delivery FROM message'
  return {
    insert: db.prepare('INSERT INTO message (sent_at, ready_at) VALUES (?, ?)'),
    insertBody: db.prepare('INSERT INTO body (id, bytes) VALUES (?, ?)'),
    body: db.prepare('SELECT bytes FROM body WHERE id = ?'),
    ready: db.prepare(`${columns} WHERE state < 2 AND ready_at <= ? ORDER BY ready_at, id LIMIT ?`),
    lease: db.prepare(
      'UPDATE message SET state = 1, ready_at = ?, receives = receives + 1, delivery = delivery + 1 WHERE id = ?',
    ),
    bury: db.prepare('UPDATE message SET state = 2 WHERE id = ?'),
    buryAll: db.prepare('UPDATE message SET state = 2 WHERE state < 2 AND ready_at <= ? AND receives >= ?'),
    remove: db.prepare('DELETE FROM message WHERE id = ? AND delivery = ?'),
    removeBody: db.prepare('DELETE FROM body WHERE id = ?'),
    // The delivery is over with a nack, so its receipt is, too.
    giveBack: db.prepare(
      'UPDATE message SET state = 0, ready_at = ?, delivery = delivery + 1 WHERE id = ? AND delivery = ? AND state < 2',
    ),
    extend: db.prepare('UPDATE message SET state = 1, ready_at = ? WHERE id = ? AND delivery = ? AND state < 2'),
    listPending: db.prepare(`${columns} WHERE state < 2 AND id > ? ORDER BY id LIMIT ?`),
    listDead: db.prepare(`${columns} WHERE state = 2 AND id > ? ORDER BY id LIMIT ?`),
    redriveAll: db.prepare(
      'UPDATE message SET state = 0, receives = 0, ready_at = ?, delivery = delivery + 1 WHERE state = 2',
    ),
    redrive: db.prepare(
      'UPDATE message SET state = 0, receives = 0, ready_at = ?, delivery = delivery + 1 WHERE state = 2 AND id = ?',
    ),
    depth: db.prepare(
      `SELECT count(*) AS total, count(*) FILTER (WHERE state = 2) AS dead,
              count(*) FILTER (WHERE state = 1 AND ready_at > ?) AS leased,
              min(sent_at) FILTER (WHERE state < 2) AS oldest FROM message`,
    ),
    nextReady: db.prepare('SELECT min(ready_at) AS at FROM message WHERE state < 2 AND ready_at > ?'),
  }
}
