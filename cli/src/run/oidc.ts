import type { OidcOptions } from '@trailstitch/dashboard'
import type { Config } from '../config.ts'
import { CliError } from '../errors.ts'

/** Undefined where no identity provider is set up. Throws `invalid_config` when only part of it is. */
export function readOidc(config: Config): OidcOptions | undefined {
  const { oidcIssuer: issuer, oidcClientId: clientId, oidcClientSecret: clientSecret, dashboardUrl } = config
  if (issuer === undefined) return undefined
  // The identity provider sends people back to one address that it knows, whatever address they came by.
  if (clientId === undefined || clientSecret === undefined || dashboardUrl === undefined)
    throw new CliError('invalid_config', 'oidcIssuer needs oidcClientId, oidcClientSecret and dashboardUrl.')
  const domains = (config.oidcDomains ?? '').split(',').map((domain) => domain.trim().toLowerCase())
  return { issuer, clientId, clientSecret, name: config.oidcName, domains: domains.filter((domain) => domain !== '') }
}
