import type { SafeStorage } from './storage.ts'

/** One event as JSON text, and where it is stored; no place means it is in memory only. */
export interface Entry {
  text: string
  bytes: number
  place: string | undefined
}

/** Events that went out together and whose answer is still to come, or never will. */
export interface Batch {
  id: string
  sentAt: number
  entries: Entry[]
  /** The tab they belong to. */
  tab: string
}

/**
 * The events of one tab. Each has a storage key of its own: writing one costs the same however many wait, and tabs never
 * write the same key. The keys are `<prefix>q:<tab>:<place>`; a place starts with the time in eight digits of base 36.
 *
 * Before a batch goes out, a mark `<prefix>q:<tab>:!<batch id>` is stored with the places in it. It is removed with the
 * answer, so one that is found later stands for a batch whose fate is unknown: the page was left before the answer.
 */
export interface EventQueue {
  readonly storage: SafeStorage
  readonly prefix: string
  now(): number
  /** Bytes of a text in UTF-8. */
  measure(text: string): number
  tab: string
  /** Entries written so far, which makes their places unique. */
  count: number
  /** Waiting to be sent, oldest first. */
  waiting: Entry[]
  /** All entries that are not settled yet, and their bytes. */
  held: Set<Entry>
  heldBytes: number
}

const timeDigits = 8

/** When the entry was written, ms since 1970; not a number for one that is not stored. */
export const timeOf = ({ place = '' }: Entry): number => Number.parseInt(place.slice(0, timeDigits), 36)

const keyOf = (queue: EventQueue, place: string, tab = queue.tab): string => `${queue.prefix}q:${tab}:${place}`
const markKey = (queue: EventQueue, { id, tab }: Batch): string => keyOf(queue, `!${id}`, tab)
const newPlace = (queue: EventQueue, time: string): string =>
  time.padStart(timeDigits, '0') + (queue.count++).toString(36).padStart(4, '0')

function hold(queue: EventQueue, text: string, place: string | undefined): void {
  const entry = { text, bytes: queue.measure(text), place }
  queue.waiting.push(entry)
  queue.held.add(entry)
  queue.heldBytes += entry.bytes
}

/** Writes an event down. When there is no room for it in storage it is kept in memory. */
export function push(queue: EventQueue, text: string): void {
  const place = newPlace(queue, queue.now().toString(36))
  hold(queue, text, queue.storage.set(keyOf(queue, place), text) ? place : undefined)
}

/** Takes the next entries, within both limits. */
export function take(queue: EventQueue, maxCount: number, maxBytes: number): Entry[] {
  let [taken, bytes] = [0, 0]
  for (const entry of queue.waiting) {
    bytes += entry.bytes + 1 // and a comma
    if (taken === maxCount || bytes > maxBytes) break
    taken++
  }
  return queue.waiting.splice(0, taken)
}

/** Puts entries back before all others. Those of a tab we no longer are have been left to whoever adopts it. */
export function giveBack(queue: EventQueue, { entries, tab }: Batch): void {
  queue.waiting.unshift(...entries.filter(({ place }) => !place || tab === queue.tab))
}

/** Lets go of entries that are delivered or dropped. */
export function settle(queue: EventQueue, { tab }: Pick<Batch, 'tab'>, entries: Entry[]): void {
  for (const entry of entries) {
    if (entry.place) queue.storage.remove(keyOf(queue, entry.place, tab))
    if (queue.held.delete(entry)) queue.heldBytes -= entry.bytes
  }
}

export function mark(queue: EventQueue, batch: Batch): void {
  const places = batch.entries.flatMap(({ place }) => place ?? [])
  queue.storage.set(markKey(queue, batch), [batch.sentAt, ...places].join(' '))
}

export const unmark = (queue: EventQueue, batch: Batch): void => queue.storage.remove(markKey(queue, batch))

/**
 * Moves what another tab left behind to this one; the caller must own that tab. Events that nobody sent wait again, those
 * of marked batches are answered.
 */
export function adopt(queue: EventQueue, tab: string): Batch[] {
  const { storage } = queue
  const { places, marks } = readTab(queue, tab)
  const batches: Batch[] = []
  for (const [id, text] of marks) {
    const [sentAt, ...marked] = text.split(' ')
    const start = queue.waiting.length
    for (const place of marked) if (places.delete(place)) move(queue, tab, place)
    const batch = { id, sentAt: Number(sentAt), entries: queue.waiting.splice(start), tab: queue.tab }
    if (batch.entries.length) {
      mark(queue, batch)
      batches.push(batch)
    }
    storage.remove(keyOf(queue, `!${id}`, tab))
  }
  for (const place of places) move(queue, tab, place)
  return batches
}

function move(queue: EventQueue, tab: string, place: string): void {
  const { storage } = queue
  const oldKey = keyOf(queue, place, tab)
  const text = storage.get(oldKey)
  if (text === null) return
  const next = newPlace(queue, place.slice(0, timeDigits))
  let stored = storage.set(keyOf(queue, next), text)
  storage.remove(oldKey)
  stored ||= storage.set(keyOf(queue, next), text) // a full storage has room again
  hold(queue, text, stored ? next : undefined)
}

/** What is stored under a tab's keys: places, oldest first, and marks by batch id. */
function readTab(queue: EventQueue, tab: string): { places: Set<string>; marks: Map<string, string> } {
  const base = keyOf(queue, '', tab)
  const places = new Set<string>()
  const marks = new Map<string, string>()
  for (const key of queue.storage.keys()) {
    if (!key.startsWith(base)) continue
    const place = key.slice(base.length)
    if (place[0] === '!') marks.set(place.slice(1), queue.storage.get(key) ?? '')
    else places.add(place)
  }
  return { places, marks }
}

/** Continues as another tab, with only what is nowhere but in memory. */
export function restart(queue: EventQueue, tab: string): void {
  queue.tab = tab
  queue.waiting = queue.waiting.filter(({ place }) => !place)
  queue.held = new Set(queue.waiting)
  queue.heldBytes = queue.waiting.reduce((sum, { bytes }) => sum + bytes, 0)
}
