import {
  AuthorizationResponseError,
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  type Configuration,
  calculatePKCECodeChallenge,
  discovery,
  fetchUserInfo,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
} from 'openid-client'
import { ApiError } from '../errors.ts'
import { normalEmail } from './documents.ts'
import { digest, isSame } from './secrets.ts'

export interface OidcOptions {
  /** Its configuration is read from there. Plain http: is for tests on this machine. */
  issuer: string
  clientId: string
  clientSecret: string
  /** What people know it by. */
  name: string
  /** Whoever has a verified address in one of them gets an account. In small letters. */
  domains: readonly string[]
}

/** What has to be remembered, by the browser that began and by no other, until it comes back. */
export interface OidcAttempt {
  state: string
  nonce: string
  verifier: string
}

/** Who somebody is, as the identity provider says. */
export interface OidcIdentity {
  /** A digest of issuer and subject. */
  oidc: string
  /** Verified, in small letters. Undefined: there is none. */
  email: string | undefined
  name: string | undefined
}

/** Signs in by OpenID Connect: authorization code with PKCE, state and nonce. */
export interface Oidc {
  name: string
  domains: readonly string[]
  /** Where to send the browser. Throws `oidc_failed`. */
  begin(): Promise<{ url: string; attempt: OidcAttempt }>
  /** `search` is the query it came back with. Throws `oidc_expired`, `oidc_cancelled` and `oidc_failed`. */
  finish(search: string, attempt: OidcAttempt): Promise<OidcIdentity>
}

const timeoutSeconds = 10
const scope = 'openid email profile'
const maxNameLength = 100
const emailPattern = /^[^\s@]+@[^\s@]+$/
const maxEmailLength = 254

export function createOidc(options: OidcOptions, baseUrl: () => string): Oidc {
  const redirectUri = (): string => `${baseUrl()}/api/v1/auth/oidc/callback`
  let found: Promise<Configuration> | undefined
  /** Asked at the first sign-in, not at the start, which needs no identity provider; what failed is asked again. */
  const configuration = (): Promise<Configuration> => {
    found ??= discover(options).catch((error: unknown) => {
      found = undefined
      throw error
    })
    return found
  }

  return {
    name: options.name,
    domains: options.domains,
    async begin() {
      const attempt = { state: randomState(), nonce: randomNonce(), verifier: randomPKCECodeVerifier() }
      const config = await configuration().catch(failed)
      const url = buildAuthorizationUrl(config, {
        redirect_uri: redirectUri(),
        scope,
        state: attempt.state,
        nonce: attempt.nonce,
        code_challenge: await calculatePKCECodeChallenge(attempt.verifier),
        code_challenge_method: 'S256',
      })
      return { url: url.href, attempt }
    },
    async finish(search, { state, nonce, verifier }) {
      if (!isSame(new URLSearchParams(search).get('state') ?? '', state)) throw new ApiError('oidc_expired')
      const checks = { expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier }
      const config = await configuration().catch(failed)
      return await askWho(config, new URL(redirectUri() + search), checks).catch(failed)
    },
  }
}

function discover({ issuer, clientId, clientSecret }: OidcOptions): Promise<Configuration> {
  const isPlain = new URL(issuer).protocol === 'http:'
  return discovery(new URL(issuer), clientId, clientSecret, authenticate(clientSecret), {
    timeout: timeoutSeconds,
    ...(isPlain && { execute: [allowInsecureRequests] }),
  })
}

/**
 * Reads the provider's configuration, as the first sign-in does: whether it is there, is that of the issuer, and names the
 * places that a sign-in needs. Throws `oidc_failed`, which says what is wrong.
 */
export async function checkProvider(options: OidcOptions): Promise<void> {
  const config = await discover(options).catch((error: unknown) => {
    const { message, cause } = error as { message: string; cause?: DiscoveryCause }
    if (cause?.attribute !== 'issuer')
      throw new ApiError('oidc_failed', [message, cause?.cause?.code ?? cause?.code].filter(Boolean).join(': '))
    const found = JSON.stringify(cause.body?.issuer ?? null).slice(0, maxShownLength)
    throw new ApiError('oidc_failed', `its configuration is that of the issuer ${found}, which is another one`)
  })
  const metadata = config.serverMetadata()
  for (const name of ['authorization_endpoint', 'token_endpoint'] as const)
    if (metadata[name] === undefined) throw new ApiError('oidc_failed', `its configuration names no ${name}`)
}

const maxShownLength = 200
interface DiscoveryCause {
  attribute?: string
  body?: { issuer?: unknown }
  code?: string
  cause?: { code?: string }
}

/** Basic is what holds where an identity provider does not say. */
const authenticate = (secret: string): ClientAuth => {
  const [basic, post] = [ClientSecretBasic(secret), ClientSecretPost(secret)]
  return (server, ...rest) => {
    const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic']
    return (methods.includes('client_secret_basic') ? basic : post)(server, ...rest)
  }
}

type Checks = Parameters<typeof authorizationCodeGrant>[2]

async function askWho(config: Configuration, url: URL, checks: Checks): Promise<OidcIdentity> {
  const tokens = await authorizationCodeGrant(config, url, checks)
  const claims = tokens.claims()
  if (!claims) throw new Error('There is no ID token.')
  const { userinfo_endpoint: hasMore, issuer } = config.serverMetadata()
  // Many tell no more than the subject in the ID token.
  const more = claims.email === undefined && hasMore ? await fetchUserInfo(config, tokens.access_token, claims.sub) : {}
  const { email, email_verified: isVerified, name }: Record<string, unknown> = { ...claims, ...more }
  return {
    oidc: digest(JSON.stringify([issuer, claims.sub])),
    // Some send it as a text.
    email: isVerified === true || String(isVerified) === 'true' ? readEmail(email) : undefined,
    name: typeof name === 'string' ? name.trim().slice(0, maxNameLength) || undefined : undefined,
  }
}

function readEmail(given: unknown): string | undefined {
  if (typeof given !== 'string') return undefined
  const email = normalEmail(given)
  return emailPattern.test(email) && email.length <= maxEmailLength ? email : undefined
}

/** What the library throws may hold tokens and claims, in its cause: only names of what was wrong go on. */
function failed(error: unknown): never {
  if (error instanceof AuthorizationResponseError && error.error === 'access_denied')
    throw new ApiError('oidc_cancelled')
  const { message, code, error: answer, cause } = error as Failure
  throw new ApiError('oidc_failed', [message, code, answer, cause?.cause?.claim].filter(Boolean).join(' '))
}

interface Failure {
  message?: string
  code?: string
  /** What the identity provider called it, such as `invalid_client`. */
  error?: string
  /** Which claim of a token was not as it had to be. */
  cause?: { cause?: { claim?: string } }
}
