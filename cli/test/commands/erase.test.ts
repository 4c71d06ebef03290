import { join } from 'node:path'
import { eraseKey, openDirectory, openStore, readErasures, silentLog } from '@trailstitch/backends'
import { stitchRules } from '@trailstitch/processor'
import { expect, test } from 'vitest'
import { runCli, temporaryFolder } from '../run-cli.ts'

const deps = { now: Date.now, log: silentLog }
const at = Date.UTC(2026, 4, 4, 12)

async function fill(folder: string): Promise<void> {
  const store = await openStore(`sqlite:${join(folder, 'store.db')}`, deps)
  const event = { project: 'default', messageId: 'm1', type: 'identify' as const, name: 'identify' }
  await store.append([
    {
      ...{ collector: 'c1', seq: 1, voided: [], received: [], rejected: [] },
      events: [{ ...event, timestamp: at, receivedAt: at, anonymousId: 'device', userId: 'ann' }],
    },
  ])
  await store.stitch(stitchRules, 10)
  await store.close()
}

test('a person is asked for by one of the ids, and all of theirs are', async () => {
  const folder = temporaryFolder()
  const projects = ['--data', folder]
  await runCli(['replay', '--list', ...projects])
  await fill(folder)
  const { exitCode, stdout } = await runCli(['erase', '--anonymous-id', 'device', '--project', 'default', ...projects])
  expect([exitCode, stdout]).toEqual([0, expect.stringContaining('2 ids')])
  const directory = await openDirectory(`sqlite:${join(folder, 'directory.db')}`, deps)
  expect((await readErasures(directory)).map(({ body }) => [body.state, body.keys])).toEqual([
    ['waiting', [eraseKey('default', 'user', 'ann'), eraseKey('default', 'visitor', 'device')]],
  ])
  await directory.close()
})

test('who is not known, or not named, is told so', async () => {
  const folder = temporaryFolder()
  const codeOf = async (...line: string[]) => {
    const { exitCode, stderr } = await runCli(['erase', ...line, '--data', folder])
    return [exitCode === 0, stderr]
  }
  expect(await codeOf('--user-id', 'bob')).toEqual([false, expect.stringContaining('Nobody is known')])
  expect(await codeOf()).toEqual([false, expect.stringContaining('Give one of')])
  expect(await codeOf('--user-id', 'a', '--anonymous-id', 'b')).toEqual([false, expect.stringContaining('Give one of')])
})
