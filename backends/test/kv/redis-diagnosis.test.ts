import { expect, test } from 'vitest'
import { openKv, silentLog } from '../../src/index.ts'
import { judgeMemory, judgeSkew } from '../../src/kv/redis-diagnosis.ts'

test.each([
  ['no limit', { maxmemory: '0', maxmemory_policy: 'allkeys-lru' }, 'ok'],
  ['a limit at which it refuses', { maxmemory: '1000', maxmemory_policy: 'noeviction' }, 'ok'],
  ['a limit at which it evicts', { maxmemory: '1000', maxmemory_policy: 'volatile-ttl' }, 'warn'],
  ['a service that does not say', {}, 'ok'],
])('memory with %s', (_, facts, level) => {
  const harmless = new Map([['maxmemory', '0']])
  const [finding] = judgeMemory([harmless, new Map(Object.entries(facts))])
  expect(finding?.level).toBe(level)
  expect(finding?.fix === undefined).toBe(level === 'ok')
})

test('clocks that are more than 2 s apart are a warning', () => {
  expect([judgeSkew(2_000).level, judgeSkew(2_001).level]).toEqual(['ok', 'warn'])
})

const urls = [process.env.REDIS_URL, process.env.REDIS_CLUSTER_URL].filter((url) => url !== undefined)
test.skipIf(urls.length === 0)(
  'servers say their version and how far their clock is off (needs REDIS_URL)',
  async () => {
    for (const url of urls) {
      const kv = await openKv(url, { now: () => Date.now() - 60_000, log: silentLog })
      const findings = await kv.diagnose?.()
      expect(findings?.map(({ name, level }) => [name, level])).toEqual([
        ['redis', 'ok'],
        ['redis memory', 'ok'],
        ['redis clock', 'warn'],
      ])
      const masters = url.startsWith('redis+cluster:') ? ', 3 masters' : ''
      expect(findings?.[0]?.detail).toMatch(new RegExp(`^Redis \\d+\\.\\d+\\.\\d+ at 127\\.0\\.0\\.1:.*\\d${masters}$`))
      expect(findings?.[2]?.detail).toMatch(/(59|60)\d{3} ms apart/)
      await kv.close()
    }
  },
)
