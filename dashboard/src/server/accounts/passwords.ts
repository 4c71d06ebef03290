import { type Algorithm, hash, verify } from '@node-rs/argon2'
import { randomText } from './secrets.ts'

export interface PasswordCost {
  memoryKiB: number
  passes: number
  lanes: number
}

/** What OWASP asks for at least of Argon2id: https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html */
export const defaultPasswordCost: PasswordCost = Object.freeze({ memoryKiB: 19 * 1024, passes: 2, lanes: 1 })

/** Characters. The most is there to bound the work, not to keep anybody from a long one. */
export const passwordLength = Object.freeze({ min: 10, max: 256 })

export interface Passwords {
  hash(password: string): Promise<string>
  /** Takes as long without a hash as with one, so that the time does not tell who has an account. */
  verify(hash: string | undefined, password: string): Promise<boolean>
}

export function createPasswords({ memoryKiB, passes, lanes }: PasswordCost = defaultPasswordCost): Passwords {
  const options = { algorithm: algorithmArgon2id, memoryCost: memoryKiB, timeCost: passes, parallelism: lanes }
  // Keyboards write the same letter as one character or as two.
  const normal = (password: string): string => password.normalize('NFC')
  let nobody: Promise<string> | undefined
  return {
    hash: (password) => hash(normal(password), options),
    async verify(known, password) {
      nobody ??= hash(randomText(32), options)
      const isRight = await verify(known ?? (await nobody), normal(password))
      return known !== undefined && isRight
    },
  }
}

/** The enum is for the compiler alone: there is no value of it at run time. */
const algorithmArgon2id = 2 satisfies Algorithm.Argon2id
