import { type Argon2Parameters, argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
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
  /** As PHC text, with what it cost: `$argon2id$v=19$m=19456,t=2,p=1$SALT$HASH`. */
  hash(password: string): Promise<string>
  /** Takes as long without a hash as with one, so that the time does not tell who has an account. */
  verify(hash: string | undefined, password: string): Promise<boolean>
}

const derive = promisify<'argon2id', Argon2Parameters, Buffer>(argon2)
const tagBytes = 32
const saltBytes = 16
const phc = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/

export function createPasswords(cost: PasswordCost = defaultPasswordCost): Passwords {
  let nobody: Promise<string> | undefined
  const hash = async (password: string): Promise<string> => {
    const salt = randomBytes(saltBytes)
    const { memoryKiB, passes, lanes } = cost
    const tag = await tagOf(password, salt, cost)
    return `$argon2id$v=19$m=${memoryKiB},t=${passes},p=${lanes}$${textOf(salt)}$${textOf(tag)}`
  }
  return {
    hash,
    async verify(known, password) {
      nobody ??= hash(randomText(32))
      const [, memoryKiB, passes, lanes, salt = '', tag = ''] = phc.exec(known ?? (await nobody)) ?? []
      const asked = { memoryKiB: Number(memoryKiB), passes: Number(passes), lanes: Number(lanes) }
      const expected = Buffer.from(tag, 'base64')
      const given = await tagOf(password, Buffer.from(salt, 'base64'), asked)
      return known !== undefined && expected.length === given.length && timingSafeEqual(expected, given)
    },
  }
}

const tagOf = (password: string, salt: Uint8Array, { memoryKiB, passes, lanes }: PasswordCost): Promise<Buffer> =>
  derive('argon2id', {
    // Keyboards write the same letter as one character or as two.
    message: password.normalize('NFC'),
    nonce: salt,
    ...{ parallelism: lanes, tagLength: tagBytes, memory: memoryKiB, passes },
  })

/** Base64 without padding, as PHC has it. */
const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64').replaceAll('=', '')
