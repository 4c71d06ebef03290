import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { openStore, silentLog } from '@trailstitch/backends'
import type { StoredEvent } from '@trailstitch/protocol'
import { expect, onTestFinished, test } from 'vitest'
import { stitchRules } from '../../src/stitch/index.ts'
import { storedEvent } from '../support.ts'
import { noon } from './worlds.ts'

/** How often a project was changed: it goes on counting, so that no kept answer passes for a new one. */
const stays = ['marks']

const eventsOf = (project: string): StoredEvent[] =>
  Array.from({ length: 40 }, (_, index) =>
    storedEvent({
      ...{ project, messageId: `m${index}`, anonymousId: `a${index % 7}`, path: '/' },
      ...{ timestamp: noon - index * 3_600_000, receivedAt: noon, sentAt: noon, originalTimestamp: noon },
      ...(index % 3 === 0 && { userId: `u${index % 5}`, type: 'identify', traits: { plan: 'free' } }),
      ...(index % 10 === 1 && { type: 'alias', userId: 'u1', previousId: `before${index}` }),
    }),
  )

test('after a removal no table of the file has a row of the project, nor one of its visitors', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'removal-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'store.db')
  const options = { segmentEvents: 8, settleMs: 0 }
  const store = await openStore(`sqlite:${path}`, { now: () => noon, log: silentLog }, options)
  const db = new DatabaseSync(path, { readOnly: true })
  const tables = db.prepare(`SELECT name FROM sqlite_master WHERE type = 'table'`).all()
  const columnsOf = (table: unknown): unknown[] =>
    db
      .prepare(`PRAGMA table_info(${table})`)
      .all()
      .map(({ name }) => name)
  const rowsOf = (project: string): Record<string, number> => {
    const named = tables.map(({ name }) => String(name)).filter((table) => columnsOf(table).includes('project'))
    const count = (table: string) => db.prepare(`SELECT count(*) AS n FROM ${table} WHERE project = ?`).get(project)?.n
    return Object.fromEntries(named.map((table) => [table, Number(count(table))]).filter(([, rows]) => rows !== 0))
  }
  const sizes = (): number[] =>
    ['timeline', 'owners', 'segment_columns', 'blocks'].map((table) =>
      Number(db.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.n),
    )
  const take = async (project: string, seq: number): Promise<void> => {
    const rejected = { project, place: '0', code: 'too_deep' as const, message: '-', receivedAt: noon, body: '{}' }
    const received = [{ project, minute: noon, events: 41 }]
    await store.append([{ collector: 'c', seq, voided: [], received, events: eventsOf(project), rejected: [rejected] }])
    for (let rounds = 0; rounds < 60; rounds++) await store.stitch(stitchRules, 10)
  }
  await take('p', 1)
  const [rows, own] = [rowsOf('p'), sizes()]
  await take('gone', 2)
  // Every table that names a project has something of this one, so none is looked at in vain.
  expect(Object.keys(rowsOf('gone'))).toEqual(Object.keys(rows))
  for (let more = true; more; ) ({ more } = await store.removeProject('gone', 7))
  expect(Object.keys(rowsOf('gone'))).toEqual(stays)
  expect(rowsOf('p')).toEqual(rows)
  // The newest block stays, though it is empty.
  expect(sizes()).toEqual(own.map((count, index) => (index === 3 ? count + 1 : count)))
  db.close()
  await store.close()
})
