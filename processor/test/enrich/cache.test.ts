import { expect, it } from 'vitest'
import { createCache } from '../../src/enrich/cache.ts'

it('a cache remembers, holds at most twice its size, and keeps what is asked for', () => {
  const made: string[] = []
  const get = createCache(10, (text) => {
    made.push(text)
    return { text }
  })
  const favourite = get('favourite')
  for (let i = 0; i < 1000; i++) {
    get(`once ${i}`)
    expect(get('favourite')).toBe(favourite)
  }
  expect(made.filter((text) => text === 'favourite')).toHaveLength(1)
  get('once 0')
  expect(made.filter((text) => text === 'once 0')).toHaveLength(2)
})

it('a cache tells texts apart that look alike', () => {
  const get = createCache(10, (text) => ({ text }))
  for (const text of ['', 'ä', 'a\u0308', '__proto__', '\ud800']) expect(get(text).text).toBe(text)
})
