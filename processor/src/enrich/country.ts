import { readFileSync } from 'node:fs'
import { Reader } from 'mmdb-lib'
import { EnrichError } from './errors.ts'
import { asObject } from './fields.ts'

/** ISO 3166-1 alpha-2 code of an address, or undefined when it is not known. Never throws. */
export type CountryLookup = (ip: string) => string | undefined

/**
 * Opens a country database in MaxMind DB format, such as GeoLite2-Country.mmdb or dbip-country-lite.mmdb. The whole
 * file is held in memory (5 to 10 MB for these, more for city databases, which work as well).
 * Throws `country_file_missing`, `country_file_unreadable` or `country_file_invalid`.
 */
export function openCountryDatabase(path: string): CountryLookup {
  const reader = openReader(path, readFile(path))
  return (ip) => {
    try {
      return countryIn(reader.get(ip))
    } catch {
      return undefined // text that is no address, or a damaged spot in the file
    }
  }
}

function readFile(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT')
      throw new EnrichError(
        'country_file_missing',
        `There is no file "${path}". Put a country database in MaxMind DB format there (GeoLite2 Country, DB-IP Country Lite), or leave the setting out to go without countries.`,
        { cause },
      )
    throw new EnrichError('country_file_unreadable', `Check that "${path}" is a file this user may read.`, { cause })
  }
}

function openReader(path: string, bytes: Buffer): Reader<never> {
  const invalid = (cause?: unknown) =>
    new EnrichError(
      'country_file_invalid',
      `"${path}" was not understood. Unpack it if it is an archive (.gz, .tar.gz, .zip), or download it again.`,
      { cause },
    )
  let reader: Reader<never>
  try {
    reader = new Reader(bytes)
  } catch (cause) {
    throw invalid(cause)
  }
  const { nodeCount, searchTreeSize, binaryFormatMajorVersion } = reader.metadata
  if (binaryFormatMajorVersion !== 2 || !(nodeCount > 0) || searchTreeSize > bytes.length) throw invalid()
  return reader
}

/** MaxMind and DB-IP keep it at `country.iso_code`, IPinfo at `country_code` or as `country`. */
function countryIn(record: unknown): string | undefined {
  const fields = asObject(record)
  if (!fields) return undefined
  const found =
    asObject(fields.country)?.iso_code ??
    asObject(fields.registered_country)?.iso_code ??
    fields.country_code ??
    fields.country
  return typeof found === 'string' && /^[A-Za-z]{2}$/.test(found) ? found.toUpperCase() : undefined
}
