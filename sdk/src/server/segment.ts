/**
 * Events side by side, as they will stand in a request: JSON texts with a comma and a line feed between them. An event is
 * written as JSON once and copied once, into memory the garbage collector does not walk. JSON text never has a line feed
 * inside, so the events can be told apart again without a list of where they begin.
 */
export interface Segment {
  /** Number of its first event, counted over all that were ever accepted. */
  readonly first: number
  count: number
  /** The opening of a request's body and the events, up to `end`, then room. Undefined while they are on disk only. */
  data: Uint8Array<ArrayBuffer> | undefined
  end: number
  /** When it is to be sent, however few they are. On disk: not before, since another process is at it. */
  dueAt: number
  /** Name of the file that holds the same events. */
  file?: string
  /** On the parts of a file that was found unfit as a whole: those of them that are not settled yet. */
  siblings?: Set<Segment>
}

/** Of a body, its end included; the wire allows 512,000. */
export const maxBodyBytes = 500_000
export const maxBatchEvents = 2_500

const encoder = new TextEncoder()
const decoder = new TextDecoder()
const opening = encoder.encode('{"batch":[')
const separator = encoder.encode(',\n')
const lineFeed = 10

/** `data`: memory to use again, of `maxBodyBytes`. */
export function createSegment(first: number, dueAt: number, data = new Uint8Array(maxBodyBytes)): Segment {
  data.set(opening) // pages of a new large array cost no memory until they are written to
  return { first, count: 0, data, end: opening.length, dueAt }
}

/** Bytes of the events in memory. */
export const sizeOf = ({ data, end }: Segment): number => (data ? end - opening.length : 0)

/** The memory of a segment that is done with, where it has the size of any. */
export const reusable = ({ data }: Segment): Uint8Array<ArrayBuffer> | undefined =>
  data?.length === maxBodyBytes ? data : undefined

/** The events alone. */
export const eventsOf = ({ data, end }: Segment): Uint8Array<ArrayBuffer> =>
  data?.subarray(opening.length, end) ?? new Uint8Array()

/**
 * Writes `text` behind the events, where it does not count until it is committed, and leaves `room` bytes for the end of
 * the body. Answers its bytes; undefined when it does not fit.
 */
export function write({ data, end, count }: Segment, text: string, room: number): number | undefined {
  if (!data) return undefined
  const start = count > 0 ? end + separator.length : end
  const { read, written } = encoder.encodeInto(text, data.subarray(start, data.length - room))
  return read === text.length ? written : undefined
}

/** Makes the `bytes` written last an event. */
export function commit(segment: Segment, bytes: number): void {
  const { data, count } = segment
  if (data && count > 0) {
    data.set(separator, segment.end)
    segment.end += separator.length
  }
  segment.end += bytes
  segment.count++
}

/** The body of a request. `ending` is written into the room behind the events, and over again each time. */
export function bodyOf({ data, end }: Segment, ending: string): Uint8Array<ArrayBuffer> {
  if (!data) return new Uint8Array()
  const { written } = encoder.encodeInto(ending, data.subarray(end))
  return data.subarray(0, end + written)
}

export const textsOf = (segment: Segment): string[] => decoder.decode(eventsOf(segment)).split(',\n')

/** Two halves of a segment of at least two events. */
export function split(segment: Segment, room: number): [Segment, Segment] {
  const events = eventsOf(segment)
  let middle = 0
  for (let index = 0; index < segment.count >> 1; index++) middle = events.indexOf(lineFeed, middle) + 1
  return [events.subarray(0, middle - separator.length), events.subarray(middle)].map((half) => {
    const part = createSegment(segment.first, segment.dueAt)
    fill(part, half, room)
    return part
  }) as [Segment, Segment]
}

/** Puts events back into their segment. Whatever bytes they are, the collector tells what is wrong with them. */
export function fill(segment: Segment, events: Uint8Array, room: number): void {
  const data = new Uint8Array(opening.length + events.length + room)
  data.set(opening)
  data.set(events, opening.length)
  segment.data = data
  segment.end = opening.length + events.length
  segment.count = 1
  for (let at = events.indexOf(lineFeed); at >= 0; at = events.indexOf(lineFeed, at + 1)) segment.count++
}

/** The events of several segments, as those of one. */
export function joinEvents(segments: Segment[]): Uint8Array {
  const [first, ...others] = segments.map(eventsOf)
  const parts = others.flatMap((events) => [separator, events])
  const joined = new Uint8Array([first ?? separator, ...parts].reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of first ? [first, ...parts] : []) {
    joined.set(part, at)
    at += part.length
  }
  return joined
}
