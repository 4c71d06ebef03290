import type { DatabaseSync } from 'node:sqlite'
import type { PersonSource } from '../person.ts'
import type { VisitorState } from '../port.ts'
import { isSourceOf } from '../session-owner.ts'
import type { Entities } from './entities.ts'
import { readGroups } from './groups.ts'

/** A stretch of one entity's timeline that belongs to a person; both times inclusive. */
export interface Stretch {
  entity: number
  from: number
  to: number
  /** Of a visitor: whose each event is, to the stamp, is told by its runs. */
  state?: VisitorState
}

/** Where an event lies. */
export interface TimelinePlace {
  entity: number
  time: number
  block: number
  place: number
}

const noTime = Number.MAX_SAFE_INTEGER

/** The timelines of a person's users, and of their visitors the stretches in which the person used them. */
export function stretchesOf(source: PersonSource, entities: Entities): Stretch[] {
  const stretches: Stretch[] = source.users.flatMap(({ id }) => {
    const entity = entities.find(source.project, 'user', id)
    return entity === undefined ? [] : [{ entity, from: -noTime, to: noTime }]
  })
  for (const { id, state } of source.visitors) {
    const entity = entities.find(source.project, 'visitor', id)
    if (entity === undefined) continue
    for (const [index, { from, user }] of state.runs.entries()) {
      if (!isSourceOf(source, user)) continue
      stretches.push({
        entity,
        from: index === 0 ? -noTime : from[0],
        to: state.runs[index + 1]?.from[0] ?? noTime,
        state,
      })
    }
  }
  return stretches
}

/** Places of at least `count` events of a stretch from the millisecond `start` on, in complete milliseconds. */
export type StretchReader = (
  stretch: Stretch,
  start: number | undefined,
  count: number,
  down: boolean,
) => TimelinePlace[]

export function createStretchReader(db: DatabaseSync): StretchReader {
  const columns = 'SELECT entity, time, block, place FROM timeline WHERE entity = ? AND'
  const selectUp = db.prepare(`${columns} time > ? AND time <= ? ORDER BY time LIMIT ?`)
  const selectDown = db.prepare(`${columns} time < ? AND time >= ? ORDER BY time DESC LIMIT ?`)
  const selectAt = db.prepare(`${columns} time = ?`)
  return ({ entity, from, to }, start, count, down) =>
    readGroups<TimelinePlace>(
      {
        after: (key, limit) => {
          const rows = down
            ? selectDown.all(entity, Math.min(key ?? noTime, to + 1), from, limit)
            : selectUp.all(entity, Math.max(key ?? -noTime, from - 1), to, limit)
          return rows as unknown as TimelinePlace[]
        },
        at: (key) => (key < from || key > to ? [] : (selectAt.all(entity, key) as unknown as TimelinePlace[])),
        keyOf: (row) => row.time,
      },
      start,
      count,
    )
}
