import { expect, onTestFinished, test } from 'vitest'
import type { Finding } from '../../src/doctor/check.ts'
import { runCli, temporaryFolder } from '../run-cli.ts'
import { mailPassword, mailUser, startMailServer } from '../smtp.ts'

async function diagnose(line: string[]) {
  const { exitCode, stdout } = await runCli(['doctor', '--json', '--port', '0', '--data', temporaryFolder(), ...line])
  const { checks } = JSON.parse(stdout) as { checks: Finding[] }
  return { exitCode, stdout, mail: checks.find(({ name }) => name === 'mail') }
}

const from = ['--mail-from', 'no-reply@example.com']

test('a mail server that takes us is fine, and no mail is sent', async () => {
  const server = await startMailServer()
  onTestFinished(() => server.stop())
  const { exitCode, stdout, mail } = await diagnose(['--smtp-url', server.url, ...from])
  expect([exitCode, mail?.status]).toEqual([0, 'ok'])
  expect(stdout).not.toContain(encodeURIComponent(mailPassword))
  expect(server.received).toEqual([])
})

test('a wrong password, a server that is away and half a setting fail, and the password is not shown', async () => {
  const server = await startMailServer()
  const wrong = await diagnose(['--smtp-url', `smtp://${mailUser}:hush@127.0.0.1:${server.port}`, ...from])
  expect([wrong.exitCode, wrong.mail?.status]).toEqual([1, 'fail'])
  expect(wrong.stdout).not.toContain('hush')
  const half = await diagnose(['--smtp-url', server.url])
  expect(half.mail).toMatchObject({ status: 'fail', message: expect.stringContaining('mailFrom') })
  await server.stop()
  const away = await diagnose(['--smtp-url', server.url, ...from])
  expect(away.mail).toMatchObject({ status: 'fail', message: expect.stringContaining('ECONNREFUSED') })
})

test('without a mail server there is nothing to check', async () => {
  expect((await diagnose([])).mail).toBeUndefined()
})
