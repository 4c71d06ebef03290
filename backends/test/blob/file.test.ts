import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { openBlob } from '../../src/blob/open.ts'
import { systemDeps } from '../../src/deps.ts'
import { createFolder } from '../fixtures/folder.ts'

let folder = createFolder()
afterEach(() => {
  folder.remove()
  folder = createFolder()
})

test('what a killed put left behind is not listed, and is removed once it is old', async () => {
  const temp = join(folder.path, '~temp')
  mkdirSync(temp)
  writeFileSync(join(temp, 'old'), 'half')
  writeFileSync(join(temp, 'young'), 'half')
  const longAgo = new Date(Date.now() - 2 * 3_600_000)
  utimesSync(join(temp, 'old'), longAgo, longAgo)
  const blob = await openBlob(`file:${folder.path}`, systemDeps)
  expect((await blob.list('')).items).toEqual([])
  expect(readdirSync(temp)).toEqual(['young'])
  await blob.close()
})

test('puts leave no temporary file, even when they fail', async () => {
  const blob = await openBlob(`file:${folder.path}`, systemDeps)
  await blob.put('a', new Uint8Array(10))
  mkdirSync(join(folder.path, 'b')) // where the object's file should go
  await expect(blob.put('b', new Uint8Array(10))).rejects.toMatchObject({ code: 'file_unwritable' })
  await expect(blob.putStream('c', failing())).rejects.toThrow('the input failed')
  expect(readdirSync(join(folder.path, '~temp'))).toEqual([])
  await blob.close()
})

test('files that somebody else put there are not listed', async () => {
  const blob = await openBlob(`file:${folder.path}`, systemDeps)
  for (const name of ['note.txt~', 'with space', 'a+', '=b']) writeFileSync(join(folder.path, name), '')
  mkdirSync(join(folder.path, 'plain-folder'))
  await blob.put('mine', new Uint8Array(1))
  expect((await blob.list('')).items.map(({ name }) => name)).toEqual(['mine'])
  await blob.close()
})

test('a folder that cannot be is a coded error, not when opening but when used', async () => {
  writeFileSync(join(folder.path, 'file'), '')
  const blob = await openBlob(`file:${join(folder.path, 'file', 'blobs')}`, systemDeps)
  await expect(blob.put('a', new Uint8Array(1))).rejects.toMatchObject({ code: 'file_unwritable', retryable: true })
  await expect(blob.list('')).rejects.toMatchObject({ code: 'file_unwritable' })
})

test('the folder and its parents are made by the first put', async () => {
  const blob = await openBlob(`file:${join(folder.path, 'not', 'yet')}`, systemDeps)
  expect(await blob.list('')).toEqual({ items: [], nextCursor: null })
  expect(readdirSync(folder.path)).toEqual([])
  await blob.put('a/b', new Uint8Array(1))
  expect((await blob.list('')).items).toHaveLength(1)
})

async function* failing(): AsyncGenerator<Uint8Array> {
  yield new Uint8Array(10)
  throw new Error('the input failed')
}
