import type { Device, Touch } from '@trailstitch/protocol'
import type { At, SessionState, Stamp } from './port.ts'

/** 0: the session's first event, 1: its last; else the stamp itself. */
type PackedStamp = 0 | 1 | Stamp
type PackedAt<T> = [PackedStamp, T] | 0

/**
 * Sessions are the store's largest rows and are rewritten as they grow. As JSON of their fields two thirds are field
 * names and stamps said again; this form leaves those out.
 */
export function packSession(session: SessionState): string {
  const { first, last } = session
  const stamp = (at: Stamp): PackedStamp => (isSame(at, first) ? 0 : isSame(at, last) ? 1 : at)
  const pack = <T>(at: At<T> | undefined): PackedAt<T> => (at ? [stamp(at.at), at.value] : 0)
  return JSON.stringify([
    first,
    last,
    session.user,
    session.events,
    session.pages,
    session.tracks,
    session.bot ? 1 : 0,
    pack(session.entry),
    pack(session.exit),
    pack(session.touch),
    pack(session.device),
    pack(session.country),
  ])
}

type Packed = [
  first: Stamp,
  last: Stamp,
  user: string | null,
  events: number,
  pages: number,
  tracks: number,
  bot: 0 | 1,
  entry: PackedAt<string>,
  exit: PackedAt<string>,
  touch: PackedAt<Touch>,
  device: PackedAt<Device>,
  country: PackedAt<string>,
]

export function unpackSession(text: string): SessionState {
  const [first, last, user, events, pages, tracks, bot, ...values] = JSON.parse(text) as Packed
  const unpack = <T>(packed: PackedAt<T>): At<T> | undefined =>
    packed === 0 ? undefined : { at: packed[0] === 0 ? first : packed[0] === 1 ? last : packed[0], value: packed[1] }
  const [entry, exit, touch, device, country] = [
    unpack(values[0]),
    unpack(values[1]),
    unpack(values[2]),
    unpack(values[3]),
    unpack(values[4]),
  ]
  return {
    first,
    last,
    user,
    events,
    pages,
    tracks,
    ...(entry && { entry }),
    ...(exit && { exit }),
    ...(touch && { touch }),
    ...(device && { device }),
    ...(country && { country }),
    bot: bot === 1,
  }
}

const isSame = (a: Stamp, b: Stamp): boolean => a[0] === b[0] && a[1] === b[1]
