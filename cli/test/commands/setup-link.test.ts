import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { runCli } from '../run-cli.ts'

const data = mkdtempSync(join(tmpdir(), 'setup-link-'))
afterEach(() => rmSync(data, { recursive: true, force: true }))

test('setup-link prints a link of the dashboard, another one each time', async () => {
  const print = async (...more: string[]) => (await runCli(['setup-link', '--data', data, ...more])).stdout.trim()
  const first = await print()
  expect(first).toMatch(/^http:\/\/127\.0\.0\.1:4800\/setup#token=[\w-]{43}$/)
  const second = await print('--dashboard-url', 'https://dash.example.com')
  expect(second).toMatch(/^https:\/\/dash\.example\.com\/setup#token=[\w-]{43}$/)
  expect(second.split('#')[1]).not.toBe(first.split('#')[1])
  expect(statSync(join(data, 'directory.db')).isFile()).toBe(true)
})
