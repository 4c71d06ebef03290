import type { DatabaseSync } from 'node:sqlite'
import type { OverviewAnswer, OverviewQuery } from '@trailstitch/protocol'
import { pastOwners } from '../expiry.ts'
import { hourMs } from '../figures.ts'
import { type CountPeople, countPeople, overviewRange, planOverview, type RollupRow } from '../overview.ts'
import type { VisitorState } from '../port.ts'
import { unpackSession } from '../session-codec.ts'

/** Answers from hour rollups alone, whatever the range. */
export function createOverviewReader(db: DatabaseSync, now: () => number): (query: OverviewQuery) => OverviewAnswer {
  const select = db.prepare(`SELECT bot, hour, value, events, pages, sessions, bounces, duration, people FROM rollups
    WHERE project = ? AND bot = ? AND dimension = ? AND hour >= ? AND hour < ?`)
  const count = createPeopleCounter(db)
  return (query) => {
    const { from, to } = overviewRange(query)
    const plan = planOverview(
      query,
      (dimension, bot) => select.all(query.project, bot, dimension, from, to) as unknown as RollupRow[],
    )
    return plan.finish(count, now())
  }
}

function createPeopleCounter(db: DatabaseSync): CountPeople {
  const select = db.prepare('SELECT project, runs, owner, root FROM entities WHERE id = ?')
  const selectRoot = db.prepare('SELECT root FROM entities WHERE id = ?')
  const selectState = db.prepare('SELECT state FROM entities WHERE id = ?')
  const selectSessions = db.prepare(
    'SELECT state FROM sessions WHERE entity = ? AND start < ? AND start >= ? AND finish >= ?',
  )
  const selectUser = db.prepare(
    `SELECT id FROM entities WHERE project = ? AND kind = 'user' AND name = ? AND id IN (SELECT user FROM owners WHERE visitor = ?)`,
  )
  const rootOf = (user: number): number => (selectRoot.get(user)?.root as number | null) ?? user

  /**
   * Of a visitor with several users: those who had a session in the hour, whose gaps are too short to skip one, or whose
   * events were let go.
   */
  const ownersIn = (entity: number, project: string, hour: number): number[] => {
    const rows = selectSessions.all(entity, hour + hourMs, hour - 24 * hourMs, hour)
    const state = JSON.parse(selectState.get(entity)?.state as string) as VisitorState
    const users = [...rows.map((row) => unpackSession(row.state as string).user), ...pastOwners(state, hour)]
    return users.map((user) => {
      const found = user === null ? undefined : selectUser.get(project, user, entity)
      return found ? rootOf(found.id as number) : entity
    })
  }

  return (rows) =>
    countPeople(rows, (member, hours) => {
      const { project, runs, owner, root } = select.get(member) as {
        project: string
        runs: number
        owner: number | null
        root: number | null
      }
      if (runs > 1) return hours.flatMap((hour) => ownersIn(member, project, hour))
      return [owner === null ? (root ?? member) : rootOf(owner)]
    })
}
