import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, expect, test } from 'vitest'
import { createClaimFinder, createClaims } from '../../src/store/sqlite/claims.ts'
import { createFolder } from '../fixtures/folder.ts'

const midnight = Date.UTC(2026, 0, 1)
const minuteMs = 60_000
const dayMs = 86_400_000
const keyOf = (number: number): Uint8Array => new Uint8Array(16).fill(number)

let folder = createFolder()
let files: DatabaseSync[] = []
afterEach(() => {
  for (const file of files) file.close()
  files = []
  folder.remove()
  folder = createFolder()
})

/** A process's handle on the one file. */
function openClaims() {
  const file = new DatabaseSync(join(folder.path, 'store.db'))
  files.push(file)
  const claims = createClaims(file, 7 * dayMs)
  const take = (keys: Uint8Array[], now: number, block = 0): boolean[] => claims.take(keys, now, block)
  return { ...claims, take, file }
}

test('an id is new once, however many days it comes again, until the window is over', () => {
  const claims = openClaims()
  expect(claims.take([keyOf(1)], midnight)).toEqual([true])
  for (const days of [0, 1, 2, 6, 7]) expect(claims.take([keyOf(1)], midnight + days * dayMs)).toEqual([false])
  expect(claims.take([keyOf(1)], midnight + 9 * dayMs)).toEqual([true])
})

test('around midnight an id is known to processes whose clocks show different days', () => {
  const [behind, ahead] = [openClaims(), openClaims()]
  expect(behind.take([keyOf(1)], midnight - minuteMs)).toEqual([true])
  expect(ahead.take([keyOf(1)], midnight + minuteMs)).toEqual([false])
  // The day is over for one of the two only.
  expect(behind.take([keyOf(2)], midnight - 1)).toEqual([true])
  expect(ahead.take([keyOf(2)], midnight + minuteMs)).toEqual([false])
  expect(ahead.take([keyOf(3)], midnight + minuteMs)).toEqual([true])
  expect(behind.take([keyOf(3)], midnight - 1)).toEqual([false])
  expect(ahead.take([keyOf(4)], midnight + minuteMs)).toEqual([true])
  expect(behind.take([keyOf(4)], midnight - 1)).toEqual([false])
})

test('a claim is found with its day and the block behind which its event lies', () => {
  const claims = openClaims()
  const finder = createClaimFinder(claims.file)
  expect([finder.find(keyOf(1)), finder.firstDay()]).toEqual([undefined, undefined])
  claims.take([keyOf(1)], midnight, 7)
  claims.take([keyOf(1), keyOf(2)], midnight + dayMs, 9)
  claims.put(midnight / dayMs + 2, [keyOf(3)])
  const first = midnight / dayMs
  expect([1, 2, 3, 4].map((number) => finder.find(keyOf(number)))).toEqual([
    { day: first, block: 7 },
    { day: first + 1, block: 9 },
    { day: first + 2, block: undefined },
    undefined,
  ])
  expect(finder.firstDay()).toBe(first)
})

test('a table of an older version is read, and written to, as it is', () => {
  const claims = openClaims()
  const name = `claims_${midnight / dayMs}`
  claims.file.exec(`CREATE TABLE ${name} (key BLOB PRIMARY KEY) WITHOUT ROWID`)
  claims.file.prepare(`INSERT INTO ${name} (key) VALUES (?)`).run(keyOf(1))
  const finder = createClaimFinder(claims.file)
  expect(finder.find(keyOf(1))).toEqual({ day: midnight / dayMs, block: undefined })
  expect(claims.take([keyOf(1), keyOf(2)], midnight, 5)).toEqual([false, true])
  expect(finder.find(keyOf(2))).toEqual({ day: midnight / dayMs, block: 5 })
})
