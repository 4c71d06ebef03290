import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { openCountryDatabase } from '../../src/enrich/country.ts'
import { createEnricher } from '../../src/steps/enrich.ts'
import { partOf, storedEvent } from '../support.ts'
import { encodeDatabase } from './mmdb.ts'

const folder = mkdtempSync(join(tmpdir(), 'trailstitch-country-'))
afterAll(() => rmSync(folder, { recursive: true }))

const bytes = encodeDatabase({
  '203.0.113.0/25': { country: { iso_code: 'DE' } },
  '203.0.113.128/25': { registered_country: { iso_code: 'fr' } },
  '198.51.100.0/24': { country_code: 'JP', country: 'Japan' },
  '192.0.2.0/24': { country: 'US' },
  '192.88.99.0/24': { city: { geoname_id: 1 } },
  '2001:db8::/32': { country: { iso_code: 'NZ' } },
})
function fileOf(name: string, content: Uint8Array): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}
const path = fileOf('country.mmdb', bytes)

describe('a country database', () => {
  const countryOf = openCountryDatabase(path)

  it.each([
    ['203.0.113.7', 'DE'],
    ['203.0.113.200', 'FR'],
    ['198.51.100.1', 'JP'],
    ['192.0.2.1', 'US'],
    ['2001:db8::1', 'NZ'],
    ['192.88.99.1', undefined],
    ['10.0.0.1', undefined],
    ['2001:db9::1', undefined],
    ['no address', undefined],
    ['', undefined],
  ])('says of %s: %s', (ip, country) => {
    expect(countryOf(ip)).toBe(country)
  })

  it('is asked for the full address before the address is cut', () => {
    const enrich = createEnricher({ countryOf })
    const event = storedEvent({ context: { ip: '203.0.113.200' } })
    expect(enrich(event, partOf(), {})).toMatchObject({ country: 'FR', ip: '203.0.113.0' })
    const without = enrich(event, partOf(), { ipPolicy: 'none' })
    expect(without.country).toBe('FR')
    expect(JSON.stringify(without)).not.toContain('203.0.113')
  })

  it('that is missing is an error that says how to go on', () => {
    expect(() => openCountryDatabase(join(folder, 'none.mmdb'))).toThrow(
      expect.objectContaining({
        code: 'country_file_missing',
        message: expect.stringContaining('leave the setting out'),
      }),
    )
  })

  it('that cannot be read is an error that names the file', () => {
    expect(() => openCountryDatabase(folder)).toThrow(
      expect.objectContaining({ code: 'country_file_unreadable', message: expect.stringContaining(folder) }),
    )
  })

  it.each([
    ['an archive', gzipSync(bytes)],
    ['empty', new Uint8Array()],
    ['text', Buffer.from('<html>Not found</html>')],
    ['cut off at the start', bytes.subarray(bytes.length - 250)],
  ])('that is %s is an error that says what to do', (name, content) => {
    expect(() => openCountryDatabase(fileOf(`${name}.mmdb`, content))).toThrow(
      expect.objectContaining({ code: 'country_file_invalid', message: expect.stringContaining('download it again') }),
    )
  })
})
