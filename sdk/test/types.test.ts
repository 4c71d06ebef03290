import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

test('calls that fit the event map compile, calls that do not fit it do not', async () => {
  const project = fileURLToPath(new URL('./types/tsconfig.json', import.meta.url))
  const compiler = fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url))
  const run = promisify(execFile)(process.execPath, [compiler, '-p', project], { timeout: 60_000 })
  await expect(
    run.then(
      ({ stdout }) => stdout,
      ({ stdout }: { stdout: string }) => stdout,
    ),
  ).resolves.toBe('')
})
