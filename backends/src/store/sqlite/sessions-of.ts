import type { DatabaseSync } from 'node:sqlite'
import type { Fact } from '../analysis/conditions.ts'
import { sessionView } from '../analysis/session-view.ts'
import { compareStamps } from '../person.ts'
import { unpackSession } from '../session-codec.ts'
import { remember } from './remember.ts'

/** The session an event of a visitor lies in, always the same object for the same session. */
export type SessionsOf = (visitor: number, time: number, messageId: () => string) => Fact['session']

/** Reads each visitor's sessions once: make a new one for each query. */
export function createSessionsOf(db: DatabaseSync): SessionsOf {
  const select = db.prepare('SELECT state FROM sessions WHERE entity = ? ORDER BY start')
  const sessionsOf = remember((visitor: number) =>
    select.all(visitor).map((row) => {
      const { first, last, ...state } = unpackSession(row.state as string)
      return { first, last, view: sessionView({ first, last, ...state }) }
    }),
  )
  return (visitor, time, messageId) => {
    const near = sessionsOf(visitor).filter(({ first, last }) => first[0] <= time && time <= last[0])
    // At the very moment where one ends and another begins the messageId tells.
    if (near.length <= 1 && near[0] && near[0].first[0] < time && time < near[0].last[0]) return near[0].view
    if (near.length === 0) return undefined
    const at = [time, messageId()] as const
    return near.find(({ first, last }) => compareStamps(first, at) <= 0 && compareStamps(at, last) <= 0)?.view
  }
}
