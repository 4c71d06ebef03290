import type { Deps, Directory } from '@trailstitch/backends'
import { ApiError } from '../errors.ts'
import { type Account, change, normalEmail } from './documents.ts'
import type { Passwords } from './passwords.ts'
import type { SecondFactors } from './second-factor.ts'
import { digest, randomText } from './secrets.ts'
import type { Limit, Throttle } from './throttle.ts'

const kind = 'account'
const minuteMs = 60_000
/** Tries to sign in to an account, known or not. A success forgets them. */
export const accountLimits: readonly (Limit & { name: string })[] = [
  { name: 'account', max: 10, windowMs: 15 * minuteMs },
  { name: 'account-day', max: 50, windowMs: 24 * 60 * minuteMs },
]

export interface Known {
  id: string
  account: Account
}

export interface Accounts {
  byId(id: string): Promise<Account | undefined>
  byEmail(email: string): Promise<Known | undefined>
  /** Whoever an identity provider knows by that digest. */
  byOidc(oidc: string): Promise<Known | undefined>
  /** Throws `email_taken`. */
  create(account: Omit<Account, 'createdAt'>): Promise<Known>
  /** Throws `unauthorized` when it is gone. */
  update(id: string, edit: (account: Account) => Account): Promise<Account>
  /**
   * Whose password that is. Throws `wrong_credentials`, the same and after the same time for an unknown address as for
   * a wrong password, and `locked` after too many tries.
   */
  checkPassword(email: string, password: string): Promise<Known>
  /**
   * As `checkPassword`, and asks for the code of a second factor where the account has one. Throws `code_needed` when it is
   * missing, `wrong_code` when it is wrong or was used; both are tries, too.
   */
  checkSignIn(email: string, password: string, code: string | undefined): Promise<Known>
  /**
   * Uses up a code of the account's second factor. Throws `wrong_code`, also where there is none, and `locked` after too
   * many tries.
   */
  checkCode(id: string, code: string): Promise<void>
}

export interface AccountsParts {
  directory: Directory
  passwords: Passwords
  throttle: Throttle
  secondFactor: SecondFactors
  deps: Pick<Deps, 'now'>
}

const optionsOf = ({ email, oidc }: Account) => ({
  keys: { email, ...(oidc !== undefined && { oidc }) },
  unique: ['email'],
})

async function findBy(directory: Directory, key: string, value: string): Promise<Known | undefined> {
  const { items } = await directory.list<Account>(kind, { by: [key, value], limit: 1 })
  return items[0] && { id: items[0].id, account: items[0].body }
}

export function createAccounts({ directory, passwords, throttle, secondFactor, deps }: AccountsParts): Accounts {
  const byEmail = (email: string): Promise<Known | undefined> => findBy(directory, 'email', normalEmail(email))

  const update: Accounts['update'] = (id, edit) =>
    change<Account>(
      directory,
      { kind, id },
      (account) => {
        if (!account) throw new ApiError('unauthorized')
        return edit(account)
      },
      optionsOf,
    )
  // Counted before the look, so that many at once are not many more tries.
  const countTry = async (email: string): Promise<void> => {
    for (const limit of accountLimits) await throttle.take(`${limit.name}:${digest(email)}`, limit, 'locked')
  }
  const forgetTries = async (email: string): Promise<void> => {
    for (const limit of accountLimits) await throttle.clear(`${limit.name}:${digest(email)}`)
  }
  const verify = async (email: string, password: string): Promise<Known> => {
    await countTry(normalEmail(email))
    const known = await byEmail(email)
    const isRight = await passwords.verify(known?.account.password, password)
    if (!known || !isRight) throw new ApiError('wrong_credentials')
    return known
  }
  /** Of several at once with the same code one finds it unused. */
  const spendCode = (id: string, code: string) =>
    update(id, (account) => ({ ...account, ...(account.totp && { totp: secondFactor.take(id, account.totp, code) }) }))

  return {
    byEmail,
    byOidc: (oidc) => findBy(directory, 'oidc', oidc),
    byId: async (id) => (await directory.read<Account>(kind, id))?.body,
    async create(given) {
      const account = { ...given, email: normalEmail(given.email), createdAt: deps.now() }
      const id = randomText(12)
      const written = await directory.write(kind, id, account, { ...optionsOf(account), expected: 'new' })
      if (written === undefined) throw new ApiError('email_taken')
      return { id, account }
    },
    update,
    async checkPassword(email, password) {
      const known = await verify(email, password)
      await forgetTries(known.account.email)
      return known
    },
    async checkSignIn(email, password, code) {
      const known = await verify(email, password)
      if (known.account.totp) {
        if (code === undefined) throw new ApiError('code_needed')
        await spendCode(known.id, code)
      }
      await forgetTries(known.account.email)
      return known
    },
    async checkCode(id, code) {
      const { email, totp } = (await directory.read<Account>(kind, id))?.body ?? { email: '' }
      await countTry(email)
      if (!totp) throw new ApiError('wrong_code')
      await spendCode(id, code)
      await forgetTries(email)
    },
  }
}
