import { checkProvider } from '@trailstitch/dashboard'
import type { Config } from '../config.ts'
import { messageOf } from '../errors.ts'
import { readOidc } from '../run/oidc.ts'
import { type Finding, fail, ok } from './check.ts'

/** Whether the identity provider can be asked, and is the one that is meant. Nobody signs in. Nothing is said where none is set up. */
export async function checkOidc(config: Config): Promise<Finding[]> {
  const oidc = readOidc(config)
  if (!oidc) return []
  try {
    await checkProvider(oidc)
    return [ok('oidc', oidc.issuer)]
  } catch (error) {
    const fix = `Compare oidcIssuer with "issuer" in ${configurationOf(oidc.issuer)}: it has to be the same, to the letter.`
    return [fail('oidc', `${oidc.issuer}: ${messageOf(error)}`, fix)]
  }
}

const configurationOf = (issuer: string): string => `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
