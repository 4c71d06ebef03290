import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair } from 'jose'
import Provider from 'oidc-provider'

// A real identity provider with its own login form, and somebody who fills it in without a browser.

export interface ProviderPerson {
  email?: string
  email_verified?: boolean
  name?: string
}

export const clientId = 'trailstitch'
export const clientSecret = 'a secret of the client'

export interface TestProvider {
  issuer: string
  /** By the name that is typed into its login form; a test may change what is known of them. */
  people: Record<string, ProviderPerson>
  stop(): Promise<void>
}

/** `host` is another site to browsers than the dashboard's, where the two names differ. */
export async function startProvider(
  redirectUri: string,
  people: TestProvider['people'],
  host = '127.0.0.1',
): Promise<TestProvider> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, host, resolve))
  const issuer = `http://${host}:${(server.address() as AddressInfo).port}`
  const { privateKey } = await generateKeyPair('RS256', { extractable: true })
  const provider = new Provider(issuer, {
    clients: [{ client_id: clientId, client_secret: clientSecret, redirect_uris: [redirectUri] }],
    jwks: { keys: [{ ...(await exportJWK(privateKey)), alg: 'RS256', use: 'sig', kid: 'k1' }] },
    cookies: { keys: ['a key of the tests'] },
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    findAccount: (_context, id) => {
      const person = people[id]
      return person && { accountId: id, claims: () => ({ sub: id, ...person }) }
    },
  })
  server.on('request', provider.callback())
  return {
    issuer,
    people,
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}

/** Goes from the authorization URL over login and consent to where the provider sends the browser, which is not opened. */
export async function walk(url: string, login: string, { answer = 'yes' }: { answer?: 'yes' | 'no' } = {}) {
  const { origin } = new URL(url)
  const jar = new Map<string, string>()
  let next: URL = new URL(url)
  let form: Record<string, string> | undefined
  for (let steps = 0; steps < 12 && next.origin === origin; steps++) {
    const response: Response = await fetch(next, {
      redirect: 'manual',
      headers: { cookie: [...jar].map((pair) => pair.join('=')).join('; ') },
      ...(form && { method: 'POST', body: new URLSearchParams(form) }),
    })
    for (const cookie of response.headers.getSetCookie()) {
      const [name = '', value = ''] = cookie.split(';')[0]?.split(/=(.*)/s) ?? []
      jar.set(name, value)
    }
    const location = response.headers.get('location')
    const page = await response.text()
    form = undefined
    if (location) next = new URL(location, next)
    else if (answer === 'no') next = new URL(`${next.href}/abort`)
    else if (page.includes('value="login"')) form = { prompt: 'login', login, password: 'any' }
    else if (page.includes('value="consent"')) form = { prompt: 'consent' }
    else throw new Error(`The provider shows another page: ${response.status} ${page.slice(0, 2_000)}`)
  }
  return next
}
