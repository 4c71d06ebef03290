import { expect, test } from 'vitest'
import { openBlob, openKv, openQueue, systemDeps } from '../src/index.ts'
import { filePathOf } from '../src/open.ts'

const openers = { queue: openQueue, kv: openKv, blob: openBlob }

test.each(Object.entries(openers))(
  'an unknown scheme for a %s is named, with those that are known',
  async (port, open) => {
    const failed = open('nosuch://user:secret@host', systemDeps)
    await expect(failed).rejects.toMatchObject({ code: 'unknown_scheme', retryable: false })
    await expect(failed).rejects.toThrow(new RegExp(`A ${port} URL starts with .*"nosuch:"`))
    await expect(open('constructor:x', systemDeps)).rejects.toMatchObject({ code: 'unknown_scheme' })
  },
)

test.each(Object.entries(openers))('what is no URL is refused for a %s, and not repeated', async (_port, open) => {
  for (const url of ['', 'secret', ':secret', 'SQLITE:secret', 'C:\\secret']) {
    const failed = open(url, systemDeps)
    await expect(failed, url).rejects.toMatchObject({ code: 'invalid_url' })
    await expect(failed, url).rejects.not.toThrow(/secret/)
  }
})

test('paths are taken as they stand', () => {
  const paths = ['sqlite:./a.db', 'sqlite:a.db', 'sqlite:/a.db', 'sqlite:///a.db', 'file:../b c'].map(filePathOf)
  expect(paths).toEqual(['./a.db', 'a.db', '/a.db', '/a.db', '../b c'])
  for (const url of ['sqlite:', 'sqlite::memory:', 'sqlite://', 'file:a\0b'])
    expect(() => filePathOf(url)).toThrow(/place on disk/)
})
