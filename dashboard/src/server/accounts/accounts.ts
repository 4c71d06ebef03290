import type { Deps, Directory } from '@trailstitch/backends'
import { ApiError } from '../errors.ts'
import { type Account, change, normalEmail } from './documents.ts'
import type { Passwords } from './passwords.ts'
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
  /** Throws `email_taken`. */
  create(account: Omit<Account, 'createdAt'>): Promise<Known>
  /** Throws `unauthorized` when it is gone. */
  update(id: string, edit: (account: Account) => Account): Promise<Account>
  /**
   * Whose password that is. Throws `wrong_credentials`, the same and after the same time for an unknown address as for
   * a wrong password, and `locked` after too many tries.
   */
  checkPassword(email: string, password: string): Promise<Known>
}

export interface AccountsParts {
  directory: Directory
  passwords: Passwords
  throttle: Throttle
  deps: Pick<Deps, 'now'>
}

export function createAccounts({ directory, passwords, throttle, deps }: AccountsParts): Accounts {
  const optionsOf = ({ email }: Account) => ({ keys: { email }, unique: ['email'] })

  const byEmail = async (email: string): Promise<Known | undefined> => {
    const { items } = await directory.list<Account>(kind, { by: ['email', normalEmail(email)], limit: 1 })
    return items[0] && { id: items[0].id, account: items[0].body }
  }

  return {
    byEmail,
    byId: async (id) => (await directory.read<Account>(kind, id))?.body,
    async create(given) {
      const account = { ...given, email: normalEmail(given.email), createdAt: deps.now() }
      const id = randomText(12)
      const written = await directory.write(kind, id, account, { ...optionsOf(account), expected: 'new' })
      if (written === undefined) throw new ApiError('email_taken')
      return { id, account }
    },
    update: (id, edit) =>
      change<Account>(
        directory,
        { kind, id },
        (account) => {
          if (!account) throw new ApiError('unauthorized')
          return edit(account)
        },
        optionsOf,
      ),
    async checkPassword(email, password) {
      const name = digest(normalEmail(email))
      // Counted before the look, so that many at once are not many more tries.
      for (const limit of accountLimits) await throttle.take(`${limit.name}:${name}`, limit, 'locked')
      const known = await byEmail(email)
      const isRight = await passwords.verify(known?.account.password, password)
      if (!known || !isRight) throw new ApiError('wrong_credentials')
      for (const limit of accountLimits) await throttle.clear(`${limit.name}:${name}`)
      return known
    },
  }
}
