import { expect, test } from 'vitest'
import { openKv } from '../../src/kv/open.ts'
import { createClock } from '../fixtures/clock.ts'

test('past maxKeys the keys set longest ago go first', async () => {
  const { deps } = createClock()
  const kv = await openKv('memory:?maxKeys=3', deps)
  for (const key of ['a', 'b', 'c']) await kv.set(key, key, 1000)
  await kv.set('a', 'a', 1000)
  await kv.set('d', 'd', 1000)
  expect(await Promise.all(['a', 'b', 'c', 'd'].map((key) => kv.get(key)))).toEqual(['a', undefined, 'c', 'd'])
})

test('expired keys leave room for those that live', async () => {
  const { deps, elapse } = createClock()
  const kv = await openKv('memory:?maxKeys=100', deps)
  await kv.set('long', 'lives', 1_000_000)
  for (let round = 0; round < 20; round++) {
    for (let index = 0; index < 40; index++) await kv.set(`short ${round} ${index}`, 'dies', 10)
    await elapse(11)
  }
  expect(await kv.get('long')).toBe('lives')
})

test('a limit that makes no sense is refused', async () => {
  for (const url of ['memory:?maxKeys=0', 'memory:?maxKeys=x', 'memory:?other=1', 'memory:file'])
    await expect(openKv(url, createClock().deps), url).rejects.toMatchObject({ code: 'invalid_url' })
})
