/** 32 or 36 characters that nobody else has. `randomUUID` exists on secure pages only. */
export function randomId(crypto: Crypto): string {
  if (crypto.randomUUID) return crypto.randomUUID()
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => (byte + 256).toString(16).slice(1)).join('')
}
