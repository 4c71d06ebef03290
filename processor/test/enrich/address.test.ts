import { describe, expect, it } from 'vitest'
import { cutAddress, readAddress } from '../../src/enrich/address.ts'

describe('addresses', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7', '203.0.113.0'],
    ['203.0.113.7:4711', '203.0.113.7', '203.0.113.0'],
    [' 203.0.113.7 , 10.0.0.1', '203.0.113.7', '203.0.113.0'],
    ['::ffff:203.0.113.7', '203.0.113.7', '203.0.113.0'],
    ['::ffff:cb00:7107', '203.0.113.7', '203.0.113.0'],
    ['2001:DB8:1:2:3:4:5:6', '2001:db8:1:2:3:4:5:6', '2001:db8:1::'],
    ['2001:db8::1', '2001:db8::1', '2001:db8::'],
    ['[2001:db8:7::1]:443', '2001:db8:7::1', '2001:db8:7::'],
    ['fe80::1%eth0', 'fe80::1', 'fe80::'],
    ['64:ff9b::203.0.113.7', '64:ff9b::203.0.113.7', '64:ff9b::'],
    ['1::203.0.113.7', '1::203.0.113.7', '1::'],
    ['::1', '::1', '::'],
  ])('%s is %s and kept as %s', (text, address, cut) => {
    expect(readAddress(text)).toBe(address)
    expect(cutAddress(address, undefined)).toBe(cut)
    expect(cutAddress(address, 'truncated')).toBe(cut)
    expect(cutAddress(address, 'full')).toBe(address)
    expect(cutAddress(address, 'none')).toBeUndefined()
  })

  it.each(['', 'unknown', '-', '1.2.3', '1.2.3.4.5', '999.1.1.1', ':::', '[::1', 'localhost', '2001:db8::1:443:x'])(
    '"%s" is none',
    (text) => {
      expect(readAddress(text)).toBeUndefined()
    },
  )
})
