import { hashOf } from '../lib/hash.ts'
import { safely } from '../lib/safely.ts'
import type { Plugin } from '../types.ts'

export interface MasksOptions {
  /** Query parameters, in whatever URL they are, in any letter case. Default: none. */
  parameters?: string[]
  /** Properties and traits, at any depth. Default: none. */
  properties?: string[]
  /** Text that looks like an e-mail address, also percent-encoded. Default true. */
  emails?: boolean
  /** Puts a hash in the place of what is masked, so that equal values stay equal. Default false: it is removed. */
  hash?: boolean
}

/**
 * Takes out of properties, traits and context what must not be stored: before the event is. Ids and names of events stay.
 * Plugins that come later are not masked, so this one is the last. An event that can't be masked is dropped.
 */
export const masks =
  ({ parameters = [], properties = [], emails = true, hash }: MasksOptions = {}): Plugin =>
  () => {
    // Each is bounded in length: a long text without a match must not take long.
    const patterns: RegExp[] = []
    const names = parameters.map((name) => name.replace(/\W/g, '\\$&')).join('|')
    if (names) patterns.push(new RegExp(`((?:[?&#;]|%3f|%26)(?:${names})(?:=|%3d))((?:(?!%26|%23)[^&#;\\s])+)`, 'gi'))
    if (emails) patterns.push(/()([\w.+'-]{1,64}(?:@|%40)[\w-]{1,63}\.[\w.-]{2,255})/gi)
    const mask = (value: string): string => (hash ? hashOf(value) : '')
    const clean = (key: string, value: unknown): unknown => {
      if (properties.includes(key)) return hash && value != null ? mask(`${value}`) : undefined
      if (typeof value !== 'string') return value
      return patterns.reduce(
        (text, pattern) => text.replace(pattern, (_, before: string, found: string) => before + mask(found)),
        value,
      )
    }
    return (event) => {
      const { properties, traits, context } = event
      const cleaned = safely(() => JSON.parse(JSON.stringify({ properties, traits, context }, clean)) as object)()
      return cleaned ? Object.assign(event, cleaned) : null
    }
  }
