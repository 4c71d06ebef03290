import { readdirSync, readFileSync } from 'node:fs'
import type { BodyKind, ErrorCode } from '../src/index.ts'

/** One file of protocol/spec, ready to be sent. See protocol/spec/README.md. */
export interface Fixture {
  /** File name without folder and ending. */
  name: string
  description: string
  route: BodyKind
  /** The request body as it goes over the wire. */
  bytes: Uint8Array
  /** The parsed body, where it could be written as JSON. */
  body: unknown
  /** What the request, or each of its events, is refused with. Only in `invalid`. */
  code?: ErrorCode
  /** Place and code of each event that is refused while the others are taken. Only in `invalid`. */
  refused?: [index: number, code: ErrorCode][]
}

interface FixtureFile extends Omit<Fixture, 'name' | 'bytes'> {
  raw?: string
  base64?: string
}

/** Reads all fixtures of a folder, in order of name. Tests of other packages use it too. */
export function loadFixtures(folder: 'valid' | 'invalid'): Fixture[] {
  const root = new URL(`../spec/${folder}/`, import.meta.url)
  const names = readdirSync(root).filter((name) => name.endsWith('.json'))
  return names.sort().map((file) => {
    const { raw, base64, ...rest } = JSON.parse(readFileSync(new URL(file, root), 'utf8')) as FixtureFile
    const bytes =
      base64 !== undefined ? Buffer.from(base64, 'base64') : Buffer.from(raw ?? JSON.stringify(rest.body), 'utf8')
    return { ...rest, name: file.slice(0, -'.json'.length), bytes }
  })
}
