import { randomId } from '../lib/random-id.ts'
import { safely } from '../lib/safely.ts'
import type { BrowserWindow } from './deps.ts'
import { maxSegmentBytes, tabLength, timeDigits } from './limits.ts'
import type { Store } from './storage.ts'

/**
 * Events that lie together under one storage key and go out together. A tab writes into its youngest one until that is
 * large enough or on its way, so writing an event costs the same however many wait, and tabs never write the same key.
 */
export interface Segment {
  /** `<tab>:<place>`. The place begins with the time in eight digits of base 36. */
  id: string
  /** Events as JSON text. */
  texts: string[]
  bytes: number
  /** It was on its way once, or is another tab's: no event is added. */
  isSealed?: boolean
  /** In memory only, lost with the page. */
  isVolatile?: boolean
  /** How far the clock was from the steady one when this page began it, ms. */
  clock?: number
  /** Since when its fate is unknown: it went out, and nobody hears the answer. */
  unknownSince?: number
}

/** The events of a page, and of pages that are gone. */
export interface Segments {
  /** Waiting to be sent, oldest first. */
  waiting: Segment[]
  /** The name under which this page stores. */
  tab: string
  /** Bytes of all that is not settled yet. */
  size(): number
  add(text: string, bytes: number): void
  /** Takes the next ones, within the limit; the first whatever its size, unless `isStrict`. */
  take(maxBytes: number, isStrict?: boolean): Segment[]
  /** Notes that they are on their way: a page that finds this note has to ask whether they arrived. */
  seal(segments: Segment[]): void
  /** Puts them before all others. Those of a tab we no longer are have been left to whoever adopts it. */
  giveBack(segments: Segment[]): void
  /** Lets go of what is delivered or dropped. */
  settle(segments: Segment[]): void
  /**
   * Takes over what lies under a tab's name, and what of it the fallback was found to have; the caller must own the name.
   * Answers those whose fate is unknown.
   */
  adopt(tab: string, found?: [key: string, value: string][]): Segment[]
  /** Continues as another tab, with only what nobody else can find. */
  restart(): void
}

/** When the segment was begun, ms since 1970. */
export const timeOf = ({ id }: Segment): number =>
  Number.parseInt(id.slice(tabLength + 1, tabLength + 1 + timeDigits), 36)

/** How far the clock is from one that nobody sets. It grows while a machine sleeps, and shrinks when the clock is set back. */
export const clockOf = (window: BrowserWindow): number => window.Date.now() - window.performance.now()

/** As it was written. No text has a line break in it, so they can be told apart; a `!` says that they were sent. */
function readSegment(id: string, stored: string, now: number): Segment {
  const wasSent = stored[0] === '!'
  // What was cut off would spoil the rest.
  const isWhole = (text: string): boolean => !!safely(() => JSON.parse(text))()
  const texts = stored
    .slice(wasSent ? 1 : 0)
    .split('\n')
    .filter(isWhole)
  return { id, texts, bytes: stored.length, isSealed: true, ...(wasSent && { unknownSince: now }) }
}

const newTab = ({ crypto }: BrowserWindow): string => randomId(crypto).slice(-tabLength)

export function createSegments(window: BrowserWindow, store: Store, prefix: string): Segments {
  let held: Segment[] = []
  let count = 0
  const hold = (segment: Segment): Segment => {
    held.push(segment)
    return segment
  }
  // Nobody else can find it.
  const isOurs = ({ isVolatile, id }: Segment): boolean => !!isVolatile && !store.yield(prefix + id)
  const save = (segment: Segment): void => {
    segment.isVolatile = !store.set(prefix + segment.id, (segment.isSealed ? '!' : '') + segment.texts.join('\n'))
  }
  const self: Segments = {
    waiting: [],
    tab: newTab(window),
    size: () => held.reduce((sum, { bytes }) => sum + bytes, 0),
    add(text, bytes) {
      let last = self.waiting[self.waiting.length - 1]
      if (!last || last.isSealed || last.bytes + bytes > maxSegmentBytes) {
        const place = window.Date.now().toString(36).padStart(timeDigits, '0') + (count++ + 46_656).toString(36)
        last = hold({ id: `${self.tab}:${place}`, texts: [], bytes: 0, clock: clockOf(window) })
        self.waiting.push(last)
      }
      last.texts.push(text)
      last.bytes += bytes
      save(last)
    },
    take(maxBytes, isStrict) {
      let taken = 0
      for (const { bytes } of self.waiting) {
        maxBytes -= bytes
        if (maxBytes < 0 && (isStrict || taken)) break
        taken++
      }
      return self.waiting.splice(0, taken)
    },
    seal(segments) {
      for (const segment of segments) {
        segment.isSealed = true
        save(segment)
      }
    },
    giveBack(segments) {
      self.waiting.unshift(...segments.filter((segment) => held.includes(segment) || isOurs(segment)))
    },
    settle(segments) {
      for (const { id } of segments) store.remove(prefix + id)
      const isLeft = (segment: Segment): boolean => !segments.includes(segment)
      held = held.filter(isLeft)
      self.waiting = self.waiting.filter(isLeft)
    },
    adopt(tab, found) {
      const [unknown, others]: [Segment[], Map<string, string>] = [[], new Map(found)]
      for (const key of [...store.keys(), ...others.keys()]) {
        const id = key.slice(prefix.length)
        if (!key.startsWith(`${prefix}${tab}:`) || held.some((segment) => segment.id === id)) continue
        const segment = hold(readSegment(id, store.get(key) ?? others.get(key) ?? '', window.Date.now()))
        if (segment.unknownSince) unknown.push(segment)
        else self.waiting.push(segment)
      }
      return unknown
    },
    restart() {
      self.tab = newTab(window)
      self.waiting = self.waiting.filter(isOurs)
      held = [...self.waiting]
    },
  }
  return self
}
