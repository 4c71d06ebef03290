import { chmodSync, utimesSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { openBlob, systemDeps } from '@trailstitch/backends'
import { expect, onTestFinished, test } from 'vitest'
import { createBucket } from '../../../backends/test/fixtures/bucket.ts'
import { createRedisServers, type RedisServers } from '../../../scripts/services/redis-servers.ts'
import type { Finding } from '../../src/doctor/check.ts'
import { checkNode, checkPort, judgeClock, judgeSpace } from '../../src/doctor/machine.ts'
import { openDataFolder } from '../../src/run/data-folder.ts'
import { runCli, temporaryFolder } from '../run-cli.ts'

async function diagnose(
  line: string[],
): Promise<{ exitCode: number; ok: boolean; stdout: string; of(name: string): Finding | undefined }> {
  const { exitCode, stdout } = await runCli(['doctor', '--json', '--port', '0', ...line])
  const { ok, checks } = JSON.parse(stdout) as { ok: boolean; checks: Finding[] }
  return { exitCode, ok, stdout, of: (name) => checks.find((check) => check.name === name) }
}

test('a machine that is fine gets exit code 0 and nothing is made on it', async () => {
  const data = join(temporaryFolder(), 'data')
  const { exitCode, ok, of } = await diagnose(['--data', data])
  expect(of('data folder')?.message).toContain('will be made')
  expect(of('queue')?.status).toBe('ok')
  expect(of('store')?.status).toBe('ok')
  expect({ exitCode, ok }).toEqual({ exitCode: 0, ok: true })
})

test('a damaged queue fails with its way out, and the other checks go on', async () => {
  const data = temporaryFolder()
  writeFileSync(join(data, 'queue.db'), 'this is no database'.repeat(100))
  const { exitCode, ok, of } = await diagnose(['--data', data])
  expect(of('queue')).toMatchObject({ status: 'fail', message: expect.stringContaining('queue.db') })
  expect(of('kv')?.status).toBe('ok')
  expect({ exitCode, ok }).toEqual({ exitCode: 1, ok: false })
})

test('a backend of an unknown kind fails', async () => {
  const { of } = await diagnose(['--data', temporaryFolder(), '--kv-url', 'nothing:x'])
  expect(of('kv')).toMatchObject({ status: 'fail', message: expect.stringContaining('memory:') })
})

const program = process.env.REDIS_SERVER_PATH

function redisServers(): RedisServers {
  const servers = createRedisServers(program ?? '')
  onTestFinished(() => servers.stop())
  return servers
}

test.skipIf(!program)(
  'a Redis that evicts keys is a warning; its password is not shown (needs REDIS_SERVER_PATH)',
  async () => {
    const secret = ['--requirepass', 'hush']
    const limits = ['--maxmemory', '50mb', '--maxmemory-policy', 'allkeys-lru']
    const { port } = await redisServers().start(...secret, ...limits)
    const line = ['--data', temporaryFolder(), '--kv-url', `redis://:hush@127.0.0.1:${port}`]
    const { exitCode, of, stdout } = await diagnose(line)
    expect(of('redis')).toMatchObject({
      status: 'ok',
      message: expect.stringMatching(/^Redis \d+\.\d+.* at 127\.0\.0\.1:/),
    })
    expect(of('redis memory')).toMatchObject({
      status: 'warn',
      message: expect.stringContaining('allkeys-lru'),
      fix: expect.stringContaining('noeviction'),
    })
    expect(of('redis clock')?.status).toBe('ok')
    expect(exitCode).toBe(0)
    expect(stdout).not.toContain('hush')
  },
)

test.skipIf(!program)('a Redis that cannot be reached fails and says why (needs REDIS_SERVER_PATH)', async () => {
  const server = await redisServers().start()
  await server.kill()
  const line = ['--data', temporaryFolder(), '--kv-url', `redis://:hush@127.0.0.1:${server.port}`]
  const { exitCode, of, stdout } = await diagnose(line)
  expect(of('kv')).toMatchObject({ status: 'fail', message: expect.stringContaining('ECONNREFUSED') })
  expect(of('blob')?.status).toBe('ok')
  expect(exitCode).toBe(1)
  expect(stdout).not.toContain('hush')
})

const endpoint = process.env.TEST_S3_ENDPOINT ?? ''

test.skipIf(endpoint === '')('a bucket is looked into (skipped where TEST_S3_ENDPOINT names no server)', async () => {
  const bucket = await createBucket(endpoint)
  onTestFinished(() => bucket.close())
  const fine = await diagnose(['--data', temporaryFolder(), '--blob-url', bucket.urlOf('doctor')])
  expect(fine.of('blob bucket')).toMatchObject({ status: 'ok', message: expect.stringContaining(bucket.name) })
  expect(fine.of('blob write')).toMatchObject({ status: 'ok', message: 's3:PutObject is allowed' })
  expect(fine.exitCode).toBe(0)
  const away = await diagnose(['--data', temporaryFolder(), '--blob-url', bucket.urlOf('a', 'http://127.0.0.1:1')])
  expect(away.of('blob bucket')).toMatchObject({ status: 'fail', fix: expect.any(String) })
  expect(away.exitCode).toBe(1)
})

test('a token others can read is a warning with the command that helps', async () => {
  const data = temporaryFolder()
  openDataFolder({ data })
  chmodSync(join(data, 'admin-token'), 0o644)
  const { exitCode, of } = await diagnose(['--data', data])
  expect(of('admin token')?.fix).toBe(`chmod 600 ${join(data, 'admin-token')}`)
  expect(of('projects')?.message).toBe('default')
  expect(exitCode).toBe(0)
})

test('chunks that have waited outside the queue for long are a warning, young ones are not', async () => {
  const data = temporaryFolder()
  const overflow = await openBlob(`file:${join(data, 'blobs')}`, systemDeps)
  await overflow.put('overflow/day/c1-1', Buffer.from('young'))
  expect((await diagnose(['--data', data])).of('overflow')).toBeUndefined()
  const longAgo = new Date(Date.now() - 10 * 60_000)
  utimesSync(join(data, 'blobs', 'overflow~', 'day~', 'c1-1'), longAgo, longAgo)
  await overflow.put('overflow/day/c1-2', Buffer.from('young'))
  await overflow.put('rejected-chunks/day/c1-3', Buffer.from('no chunk'))
  const { exitCode, of } = await diagnose(['--data', data])
  expect(of('overflow')).toMatchObject({ status: 'warn', message: expect.stringMatching(/^2 chunks.* 10 min/) })
  expect(of('rejected')).toMatchObject({ status: 'warn', message: expect.stringMatching(/^1 files/) })
  expect(exitCode).toBe(0)
})

test('a port taken by another program fails', async () => {
  const server = createServer((socket) => socket.destroy())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  expect(await checkPort({ host: '127.0.0.1', port })).toMatchObject({
    status: 'fail',
    fix: expect.stringContaining('--port'),
  })
})

test.each([
  ['a steady clock', { now: Date.UTC(2027, 0, 1), driftMs: 2, newestFileAt: undefined }, 'ok'],
  ['a reset clock', { now: 0, driftMs: 0, newestFileAt: undefined }, 'fail'],
  [
    'a clock behind its own files',
    { now: Date.UTC(2027, 0, 1), driftMs: 0, newestFileAt: Date.UTC(2027, 0, 2) },
    'fail',
  ],
  ['a clock that jumps', { now: Date.UTC(2027, 0, 1), driftMs: 5_000, newestFileAt: undefined }, 'warn'],
])('%s', (_, reading, status) => {
  expect(judgeClock(reading).status).toBe(status)
})

test('little space is a warning, next to none a failure', () => {
  expect(judgeSpace(100e9, '/').status).toBe('ok')
  expect(judgeSpace(1e9, '/').status).toBe('warn')
  expect(judgeSpace(1e6, '/').status).toBe('fail')
})

test('an old Node fails', () => {
  expect(checkNode('v22.1.0').status).toBe('fail')
  expect(checkNode('v24.0.0').status).toBe('ok')
})
