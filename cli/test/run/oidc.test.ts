import { expect, test } from 'vitest'
import { readOidc } from '../../src/run/oidc.ts'
import { runCli, temporaryFolder } from '../run-cli.ts'

const whole = {
  oidcIssuer: 'https://login.example.com',
  oidcClientId: 'trailstitch',
  oidcClientSecret: 'hush',
  oidcName: 'Example',
  dashboardUrl: 'https://dash.example.com',
}
const read = (more: object) => readOidc({ ...whole, ...more } as unknown as Parameters<typeof readOidc>[0])

test('domains are read from a list with commas, in small letters', () => {
  expect(read({})?.domains).toEqual([])
  expect(read({ oidcDomains: 'Example.com , example.org' })?.domains).toEqual(['example.com', 'example.org'])
})

test('there is no provider without an issuer, and none with half of its settings', () => {
  expect(read({ oidcIssuer: undefined })).toBeUndefined()
  for (const key of ['oidcClientId', 'oidcClientSecret', 'dashboardUrl'])
    expect(() => read({ [key]: undefined })).toThrow('oidcIssuer needs')
})

test('an issuer that is reached in the clear over a network is refused', async () => {
  const tell = async (issuer: string) =>
    (await runCli(['dashboard', '--data', temporaryFolder(), '--oidc-issuer', issuer])).stderr
  for (const issuer of ['http://login.example.com', 'http://localhost.example.com', 'http://127.0.0.1@evil.test', 'x'])
    expect(await tell(issuer)).toContain('Give an https URL')
  expect(await tell('http://127.0.0.1:9')).toContain('oidcIssuer needs')
})
