import type { DatabaseSync } from 'node:sqlite'
import type { StoredEvent } from '@trailstitch/protocol'
import type { Row } from '../analysis/scan.ts'
import { sessionView } from '../analysis/session-view.ts'
import { sessionIdOf } from '../identity.ts'
import { compareStamps } from '../person.ts'
import type { SessionState } from '../port.ts'
import { unpackSession } from '../session-codec.ts'
import type { Entities } from './entities.ts'

/** Which session an event lies in. Reads each visitor's sessions once: make a new one for each query. */
export function createSessionsOf(db: DatabaseSync, entities: Entities): (event: StoredEvent) => Row['session'] {
  const select = db.prepare('SELECT state FROM sessions WHERE entity = ? ORDER BY start')
  const known = new Map<number, { state: SessionState; shown: NonNullable<Row['session']> }[]>()
  const sessionsOf = (visitor: number, project: string, anonymousId: string) => {
    let sessions = known.get(visitor)
    if (!sessions) {
      sessions = select.all(visitor).map((row) => {
        const state = unpackSession(row.state as string)
        return { state, shown: { id: sessionIdOf(project, anonymousId, state.first), ...sessionView(state) } }
      })
      known.set(visitor, sessions)
    }
    return sessions
  }
  return ({ project, anonymousId, timestamp, messageId }) => {
    const visitor = anonymousId === undefined ? undefined : entities.find(project, 'visitor', anonymousId)
    if (visitor === undefined || anonymousId === undefined) return undefined
    const at = [timestamp, messageId] as const
    return sessionsOf(visitor, project, anonymousId).find(
      ({ state }) => compareStamps(state.first, at) <= 0 && compareStamps(at, state.last) <= 0,
    )?.shown
  }
}
