import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

test('100,000 events leave nothing behind in memory', async () => {
  const script = fileURLToPath(new URL('./support/leaking.ts', import.meta.url))
  const args = ['--expose-gc', '--conditions=source', script]
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 60_000 })
  const { taken, before, after } = JSON.parse(stdout) as Record<'taken' | 'before' | 'after', number>
  expect(taken).toBe(100_000)
  // 10 bytes an event: a reference kept of each would already be more.
  expect(after - before).toBeLessThan(1_000_000)
})
