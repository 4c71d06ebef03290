import { execFile } from 'node:child_process'
import { connect } from 'node:net'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { runCli, temporaryFolder } from './run-cli.ts'
import { eventually, readApi, type Service, startService } from './spawn-cli.ts'

interface People {
  items: { profileId: string; anonymousIds: string[]; userIds: string[] }[]
}
interface Journey {
  items: { messageId: string; type: string; name: string; sessionId: string | null }[]
}

const post = (url: string, key: string, event: object) =>
  fetch(`${url}/v1/batch`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Basic ${btoa(`${key}:`)}` },
    body: JSON.stringify({ batch: [event] }),
  })

const journeyOf = (url: string, token: string, id: string) =>
  eventually(async () => {
    const people = await readApi<People>(url, token, `/people?search=${id}`)
    const [person] = people.items
    return person && (await readApi<Journey>(url, token, `/people/${person.profileId}/journey`))
  })

const startAll = (data: string, more: string[] = []): Promise<Service> =>
  startService(['start', '--port', '0', '--data', data, ...more], {
    TRAILSTITCH_WRITE_KEY: 'wk_test',
    TRAILSTITCH_ADMIN_TOKEN: 'token',
  })

test('an event goes in over HTTP and comes out in a journey; the stop is graceful and nothing is lost', async () => {
  const data = temporaryFolder()
  const first = await startAll(data)
  const answer = await post(first.url, 'wk_test', { type: 'page', name: 'Home', anonymousId: 'anna', messageId: 'm1' })
  expect(await answer.json()).toEqual({ success: true, accepted: 1, refused: [] })
  const journey = await journeyOf(first.url, 'token', 'anna')
  expect(journey.items).toMatchObject([{ messageId: 'm1', type: 'page', name: 'Home', sessionId: expect.any(String) }])

  expect(first.stdout()).toContain(`${first.url}/#token=token`)
  expect((await fetch(first.url)).headers.get('content-type')).toContain('text/html')
  expect(await (await fetch(`${first.url}/nothing/here`)).json()).toMatchObject({ code: 'not_found' })

  // Acknowledged right before the stop: it has to be there after it.
  await post(first.url, 'wk_test', { type: 'track', event: 'Last', anonymousId: 'anna', messageId: 'm2' })
  first.child.kill('SIGTERM')
  expect(await first.ended).toBe(0)
  expect(first.stderr()).toBe('')

  const second = await startAll(data)
  const later = await eventually(async () => {
    const { items } = await journeyOf(second.url, 'token', 'anna')
    return items.length === 2 ? items : undefined
  })
  expect(later.map(({ messageId }) => messageId)).toEqual(['m1', 'm2'])
}, 120_000)

test('the curl line works as it is printed', async () => {
  const service = await startAll(temporaryFolder())
  const line = /^ *(curl .*)$/m.exec(service.stdout())?.[1] ?? ''
  const { stdout } = await promisify(execFile)('sh', ['-c', `${line} -s`])
  expect(JSON.parse(stdout)).toMatchObject({ success: true, accepted: 1 })
}, 60_000)

test('a second signal ends it at once, though a client holds it up', async () => {
  const service = await startAll(temporaryFolder())
  // A body that never comes: the graceful stop gives it some seconds.
  const socket = connect(Number(new URL(service.url).port), '127.0.0.1')
  socket.on('error', () => {})
  socket.write('POST /v1/track HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\ncontent-type: application/json\r\n\r\n{')
  await eventually(async () => ((await fetch(`${service.url}/healthz`)).ok ? true : undefined))
  service.child.kill('SIGTERM')
  await eventually(async () =>
    fetch(`${service.url}/healthz`).then(
      (answer) => (answer.ok ? undefined : true),
      () => true,
    ),
  )
  const askedAt = Date.now()
  service.child.kill('SIGTERM')
  expect(await service.ended).toBe(143)
  expect(Date.now() - askedAt).toBeLessThan(2_000)
  socket.destroy()
}, 60_000)

test('collector, processor and dashboard work as processes of their own', async () => {
  const data = temporaryFolder()
  const own = ['--data', data]
  const collector = await startService(['collector', '--port', '0', '--write-key', 'wk_test', ...own])
  await post(collector.url, 'wk_test', { type: 'identify', anonymousId: 'b', userId: 'ben', messageId: 'm1' })
  const processor = await startService(['processor', '--workers', '2', ...own])
  const dashboard = await startService(['dashboard', '--port', '0', '--admin-token', 'token', ...own])
  const { items } = await journeyOf(dashboard.url, 'token', 'ben')
  expect(items).toMatchObject([{ messageId: 'm1' }])
  for (const service of [collector, processor, dashboard]) {
    service.child.kill('SIGINT')
    expect(await service.ended).toBe(0)
    expect(service.stderr()).toBe('')
  }
}, 120_000)

test('the first owner comes in by the link that the start prints, which is not printed again', async () => {
  const data = temporaryFolder()
  const first = await startAll(data)
  const token = /#token=([\w-]{43})$/m.exec(/^ *set up .*$/m.exec(first.stdout())?.[0] ?? '')?.[1]
  const response = await fetch(`${first.url}/api/v1/auth/setup`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token, email: 'olga@example.com', name: 'Olga', password: 'a long password' }),
  })
  const { accessToken } = (await response.json()) as { accessToken: string }
  expect(response.status).toBe(200)
  first.child.kill('SIGTERM')
  await first.ended
  const second = await startAll(data)
  expect(second.stdout()).not.toContain('set up')
  // The secret and the session are kept with the data.
  expect(await readApi(second.url, accessToken, '/me')).toMatchObject({ projects: [{ id: 'default', role: 'owner' }] })
}, 60_000)

test('a port that is taken is told with the way out', async () => {
  const service = await startAll(temporaryFolder())
  const { port } = new URL(service.url)
  const { exitCode, stderr } = await runCli(['start', '--port', port, '--data', temporaryFolder()])
  expect(stderr).toContain(`port_in_use: Port ${port} on 127.0.0.1 is taken.`)
  expect(exitCode).toBe(1)
}, 60_000)

test('what was set aside is listed, mended and sent again; a merge is undone', async () => {
  const data = temporaryFolder()
  const service = await startAll(data)
  const own = ['--data', data]
  await post(service.url, 'wk_test', { type: 'track', anonymousId: 'carl', messageId: 'm1' })
  const rejected = await eventually(async () => {
    const { stdout } = await runCli(['replay', '--list', '--json', ...own])
    return stdout === '' ? undefined : (JSON.parse(stdout) as { id: string; code: string })
  })
  expect(rejected.code).toBe('missing_event_name')
  const mended = await runCli(['replay', '--id', rejected.id, '--set', '{"event":"Mended"}', '--json', ...own])
  expect(mended).toMatchObject({ exitCode: 0, stdout: '{"sent":1,"skipped":0}\n' })
  const { items } = await journeyOf(service.url, 'token', 'carl')
  expect(items).toMatchObject([{ messageId: 'm1', name: 'Mended' }])
  expect((await runCli(['replay', '--all', '--json', ...own])).stdout).toBe('{"sent":0,"skipped":1}\n')
  expect((await runCli(['replay', '--id', 'nope', ...own])).stderr).toContain('not_found')

  await post(service.url, 'wk_test', { type: 'identify', anonymousId: 'carl', userId: 'c1', messageId: 'm2' })
  // Before the merge is undone one person has both events, after it the event before the sign-in is a stranger's again.
  const peopleAre = (expected: string[][]) =>
    eventually(async () => {
      const { items: people } = await readApi<People>(service.url, 'token', '/people?search=carl')
      const users = people.map(({ userIds }) => userIds)
      return expected.every((ids) => users.some((found) => found.join() === ids.join())) &&
        users.length === expected.length
        ? true
        : undefined
    })
  await peopleAre([['c1']])
  expect((await runCli(['unlink', '--anonymous-id', 'carl', '--user-id', 'c1', ...own])).exitCode).toBe(0)
  await peopleAre([['c1'], []])
}, 120_000)
