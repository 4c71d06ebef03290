import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openDataFolder } from '../../src/run/data-folder.ts'
import { temporaryFolder } from '../run-cli.ts'

test('the first start makes a project and a token, the next ones find them', () => {
  const data = join(temporaryFolder(), 'made')
  const first = openDataFolder({ data })
  expect(first.list).toEqual([{ id: 'default', name: 'Default', writeKeys: [expect.stringMatching(/^wk_.{24}$/)] }])
  expect(first.adminToken.length).toBe(32)
  expect(statSync(join(data, 'admin-token')).mode & 0o777).toBe(0o600)
  const second = openDataFolder({ data })
  expect({ list: second.list, adminToken: second.adminToken }).toEqual({
    list: first.list,
    adminToken: first.adminToken,
  })
})

test('a write key no project has is added to the first one, and stays', () => {
  const data = temporaryFolder()
  openDataFolder({ data, writeKey: 'one' })
  openDataFolder({ data, writeKey: 'two' })
  openDataFolder({ data, writeKey: 'two' })
  expect(openDataFolder({ data }).list[0]?.writeKeys).toEqual(['one', 'two'])
})

test('a token that was given is used and not written down', () => {
  const data = temporaryFolder()
  expect(openDataFolder({ data, adminToken: 'given' }).adminToken).toBe('given')
  expect(openDataFolder({ data }).adminToken).not.toBe('given')
})

test('a project says how many days it keeps things, or nothing', () => {
  const data = temporaryFolder()
  const list = [
    { id: 'a', name: 'A', writeKeys: ['k'], retentionDays: 36_500 },
    { id: 'b', name: 'B', writeKeys: ['l'] },
  ]
  writeFileSync(join(data, 'projects.json'), JSON.stringify({ projects: list }))
  expect(openDataFolder({ data }).list).toEqual(list)
})

test.each([
  ['no JSON', '{', 'is not valid JSON'],
  ['an unknown key', '{"projects":[{"id":"a","name":"A","writeKeys":["k"],"colour":1}]}', '/projects/0'],
  ['no projects', '{"projects":[]}', 'does not hold projects'],
  [
    'no time to keep things',
    '{"projects":[{"id":"a","name":"A","writeKeys":["k"],"retentionDays":0}]}',
    'retentionDays',
  ],
  ['half days', '{"projects":[{"id":"a","name":"A","writeKeys":["k"],"retentionDays":1.5}]}', 'retentionDays'],
])('a projects file with %s is told and left as it is', (_, text, message) => {
  const data = temporaryFolder()
  writeFileSync(join(data, 'projects.json'), text)
  expect(() => openDataFolder({ data })).toThrow(message)
  expect(readFileSync(join(data, 'projects.json'), 'utf8')).toBe(text)
})
