import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  hkdfSync,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto'

/** Keys of the server's one secret. Each purpose has its own, so that what was made for one is nothing to another. */
export interface Secrets {
  /** 32 bytes. */
  key(purpose: string): Uint8Array
  mac(purpose: string, text: string): string
  /** Encrypted and authenticated: only this server's secret opens it again. */
  seal(purpose: string, text: string): string
  /** Undefined for what was not sealed here for this purpose. */
  open(purpose: string, sealed: string): string | undefined
}

const cipher = 'aes-256-gcm'
const ivBytes = 12
const tagBytes = 16

export function createSecrets(secret: string): Secrets {
  const key = (purpose: string): Uint8Array => new Uint8Array(hkdfSync('sha256', secret, '', purpose, 32))
  return {
    key,
    mac: (purpose, text) => createHmac('sha256', key(purpose)).update(text).digest('base64url'),
    seal(purpose, text) {
      const iv = randomBytes(ivBytes)
      const encrypt = createCipheriv(cipher, key(purpose), iv)
      return Buffer.concat([iv, encrypt.update(text), encrypt.final(), encrypt.getAuthTag()]).toString('base64url')
    },
    open(purpose, sealed) {
      const bytes = Buffer.from(sealed, 'base64url')
      if (bytes.length < ivBytes + tagBytes) return undefined
      try {
        const decrypt = createDecipheriv(cipher, key(purpose), bytes.subarray(0, ivBytes))
        decrypt.setAuthTag(bytes.subarray(-tagBytes))
        const body = bytes.subarray(ivBytes, -tagBytes)
        return Buffer.concat([decrypt.update(body), decrypt.final()]).toString()
      } catch {
        return undefined
      }
    },
  }
}

/** Of secrets with so much chance in them that nobody can guess them from their digest. Not for passwords. */
export const digest = (text: string): string => createHash('sha256').update(text).digest('base64url')

export const randomText = (bytes: number): string => randomBytes(bytes).toString('base64url')

/** The time taken tells neither the texts nor their lengths. */
export const isSame = (a: string, b: string): boolean =>
  timingSafeEqual(createHash('sha256').update(a).digest(), createHash('sha256').update(b).digest())
