import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { clientId, clientSecret, startProvider } from '../../../dashboard/test/server/accounts/provider.ts'
import type { Finding } from '../../src/doctor/check.ts'
import { runCli, temporaryFolder } from '../run-cli.ts'

const client = ['--oidc-client-id', clientId, '--oidc-client-secret', clientSecret]
const dashboard = ['--dashboard-url', 'https://dashboard.example.com']

async function diagnose(line: string[]) {
  const { exitCode, stdout } = await runCli(['doctor', '--json', '--port', '0', '--data', temporaryFolder(), ...line])
  expect(stdout).not.toContain(clientSecret)
  const { checks } = JSON.parse(stdout) as { checks: Finding[] }
  return { exitCode, oidc: checks.find(({ name }) => name === 'oidc') }
}
const ask = (issuer: string) => diagnose(['--oidc-issuer', issuer, ...client, ...dashboard])

const start = async () => {
  const provider = await startProvider('https://dashboard.example.com/back', {})
  onTestFinished(() => provider.stop())
  return provider
}

test('an identity provider that is there and is the one that is meant is fine', async () => {
  const { issuer } = await start()
  const { exitCode, oidc } = await ask(issuer)
  expect([exitCode, oidc]).toEqual([0, { name: 'oidc', status: 'ok', message: issuer }])
})

test('one that calls itself otherwise fails, and both names are told', async () => {
  const { issuer } = await start()
  // The same server by another name, as behind a proxy that is set up wrong.
  const asked = issuer.replace('127.0.0.1', 'localhost')
  const { exitCode, oidc } = await ask(asked)
  expect([exitCode, oidc?.status]).toEqual([1, 'fail'])
  expect(oidc?.message).toContain(`${asked}: `)
  expect(oidc?.message).toContain(`"${issuer}"`)
  expect(oidc?.fix).toContain(`${asked}/.well-known/openid-configuration`)
})

test('one that is away, has no configuration, or is half set up fails', async () => {
  const provider = await startProvider('https://dashboard.example.com/back', {})
  await provider.stop()
  const away = await ask(provider.issuer)
  expect(away).toMatchObject({
    exitCode: 1,
    oidc: { status: 'fail', message: expect.stringContaining('ECONNREFUSED') },
  })
  const { issuer } = await start()
  expect((await ask(`${issuer}/nothing-here`)).oidc).toMatchObject({ status: 'fail' })
  const half = await diagnose(['--oidc-issuer', issuer, ...client])
  expect(half.oidc).toMatchObject({ status: 'fail', message: expect.stringContaining('dashboardUrl') })
})

test('one whose configuration leads nowhere fails', async () => {
  let issuer = ''
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ issuer, token_endpoint: `${issuer}/token` }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const { oidc } = await ask(issuer)
  expect(oidc).toMatchObject({ status: 'fail', message: expect.stringContaining('names no authorization_endpoint') })
})

test('without an identity provider there is nothing to check', async () => {
  expect((await diagnose([])).oidc).toBeUndefined()
})
