import { expect, test } from 'vitest'
import { createPasswords } from '../../../src/server/accounts/passwords.ts'

const cheap = createPasswords({ memoryKiB: 8, passes: 1, lanes: 1 })

test('a password is known again, written with one character or two, and no other is', async () => {
  const hash = await cheap.hash('caf\u00e9 con leche')
  expect(await cheap.verify(hash, 'cafe\u0301 con leche')).toBe(true)
  expect(await cheap.verify(hash, 'cafe con leche')).toBe(false)
  expect(await cheap.verify(undefined, 'caf\u00e9 con leche')).toBe(false)
})

test('a hash says what it cost and is known again when new ones cost more', async () => {
  const dear = createPasswords({ memoryKiB: 16, passes: 2, lanes: 1 })
  const hash = await cheap.hash('correct horse battery')
  expect(hash).toMatch(/^\$argon2id\$v=19\$m=8,t=1,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
  expect(await dear.verify(hash, 'correct horse battery')).toBe(true)
  expect(await cheap.hash('correct horse battery')).not.toBe(hash)
})

// Made by the reference implementation's binding in @node-rs/argon2 2.2.1.
test('a hash of another implementation is known', async () => {
  const hash = '$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$K13EBUiG7JV+9ZxztmHFTdb7J0WQsnj2V8bZaqyPptE'
  expect(await cheap.verify(hash, 'password')).toBe(true)
  expect(await cheap.verify(hash, 'Password')).toBe(false)
})
