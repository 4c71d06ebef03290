import { statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, expect, test } from 'vitest'
import { openDirectory } from '../../src/directory/open.ts'
import { createClock } from '../fixtures/clock.ts'
import { createFolder } from '../fixtures/folder.ts'

const folder = createFolder()
afterEach(() => folder.remove())

test('a damaged file is told at the start, one that is locked is waited for by each call', async () => {
  const { deps } = createClock()
  const path = join(folder.path, 'directory.db')
  writeFileSync(join(folder.path, 'damaged.db'), 'this is no database, however long it is looked at'.repeat(100))
  await expect(openDirectory(`sqlite:${join(folder.path, 'damaged.db')}`, deps)).rejects.toMatchObject({
    code: 'file_corrupt',
  })
  const directory = await openDirectory(`sqlite:${path}`, deps)
  const other = new DatabaseSync(path)
  other.exec('BEGIN IMMEDIATE')
  const writing = directory.write('note', 'n1', {}, { expected: 'new' })
  expect(await Promise.race([writing, Promise.resolve('waiting')])).toBe('waiting')
  other.exec('COMMIT')
  expect(await writing).toBeDefined()
  other.close()
  await directory.close()
})

test('documents whose time is over leave the file by themselves', async () => {
  const { deps, elapse } = createClock()
  const folder = createFolder()
  const path = join(folder.path, 'directory.db')
  const directory = await openDirectory(`sqlite:${path}`, deps)
  for (let round = 0; round < 20; round++) {
    const body = { text: 'x'.repeat(50_000), round }
    const expiresAt = deps.now() + 1_000
    expect(
      await directory.write('note', `n${round}`, body, { expected: 'new', keys: { all: 'yes' }, expiresAt }),
    ).toBeDefined()
    await elapse(2_000)
  }
  await directory.close()
  const file = new DatabaseSync(path)
  expect(file.prepare('SELECT count(*) AS count FROM documents').get()?.count).toBe(1)
  expect(file.prepare('SELECT count(*) AS count FROM keys').get()?.count).toBe(1)
  file.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  file.close()
  expect(statSync(path).size).toBeLessThan(400_000)
  folder.remove()
})
