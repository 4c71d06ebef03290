import type { Deps, Directory, Kv } from '@trailstitch/backends'
import type { Projects } from '@trailstitch/protocol'
import { createSaved, type Saved } from '../saved/saved.ts'
import { type Accounts, createAccounts } from './accounts.ts'
import { type ApiKeys, createApiKeys } from './api-keys.ts'
import { type Audit, createAudit } from './audit.ts'
import { createLinks, type Links } from './links.ts'
import { createOidc, type Oidc, type OidcOptions } from './oidc.ts'
import { createPasswords, type PasswordCost, type Passwords } from './passwords.ts'
import { createScopedTokens, type ScopedTokens } from './scoped-tokens.ts'
import { createSecondFactors, type SecondFactors } from './second-factor.ts'
import { createSecrets, type Secrets } from './secrets.ts'
import { createSessions, type Sessions } from './sessions.ts'
import { createTeams, type Teams } from './teams.ts'
import { createThrottle, type Throttle } from './throttle.ts'

/** What accounts need from outside. */
export interface AccountsOptions {
  directory: Directory
  /** Tokens are made from it: the same for all dashboards on one directory, and known to nobody else. */
  secret: string
  /** Where browsers reach the dashboard, without a slash at the end, for links. Never taken from a request: it could lie. */
  baseUrl(): string
  /** Makes a project that was changed in the directory count in `projects` at once. */
  refreshProjects(): Promise<void>
  /** Whether a project stands in the configuration: it would be back at the next start. Default: none does. */
  isConfigured?(project: string): boolean
  /** Counts tries for all dashboards. Default: each counts by itself. */
  kv?: Pick<Kv, 'increment' | 'delete'>
  /** Takes a mail to be sent, without waiting until it is. Default: links are written to the log instead. */
  sendMail?(mail: Mail): Promise<void>
  /** An identity provider that people may sign in by. */
  oidc?: OidcOptions
  /** Default: what OWASP asks for. */
  passwordCost?: PasswordCost
}

export interface Mail {
  to: string
  subject: string
  text: string
}

/** Everything that knows of accounts. */
export interface AccountService {
  options: AccountsOptions
  accounts: Accounts
  audit: Audit
  keys: ApiKeys
  links: Links
  /** Undefined where there is no identity provider. */
  oidc: Oidc | undefined
  passwords: Passwords
  saved: Saved
  scopedTokens: ScopedTokens
  secrets: Secrets
  sessions: Sessions
  teams: Teams
  throttle: Throttle
  secondFactor: SecondFactors
}

export async function createAccountService(
  options: AccountsOptions,
  projects: Projects,
  deps: Deps,
): Promise<AccountService> {
  const { directory } = options
  const secrets = createSecrets(options.secret)
  const passwords = createPasswords(options.passwordCost)
  const throttle = await createThrottle(options.kv, deps)
  const secondFactor = createSecondFactors(secrets, deps)
  return {
    options,
    secrets,
    passwords,
    throttle,
    secondFactor,
    accounts: createAccounts({ directory, passwords, throttle, secondFactor, deps }),
    audit: createAudit(directory, deps),
    keys: createApiKeys(directory, deps),
    links: createLinks(directory, deps),
    oidc: options.oidc && createOidc(options.oidc, options.baseUrl),
    saved: createSaved(directory),
    scopedTokens: createScopedTokens(secrets, deps),
    sessions: createSessions(directory, secrets, deps),
    teams: createTeams(directory, projects, deps),
  }
}
