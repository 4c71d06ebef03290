import type { StoredEvent } from '@trailstitch/protocol'
import { eventDimensions, hourOf, isBounce, isPage, sessionDimensionsOf } from '../figures.ts'
import { addMember, decodeSet, encodeSet } from '../hll.ts'
import type { SessionState } from '../port.ts'
import { rollupKey } from './keys.ts'
import type { RollupDoc } from './tables.ts'
import type { Work } from './work.ts'

/** Figures of the hours, changed by what a round adds or takes away. */
export interface Rollups {
  /** `number` of the visitor or user; 0 for nobody. */
  addEvent(event: StoredEvent, number: number): void
  /** `sign` -1 takes back what the session counted for before it changed. */
  addSession(session: SessionState, sign: 1 | -1): void
  /** Brings what has come together into the rows. */
  flush(work: Work<RollupDoc>): Promise<void>
}

type Change = Omit<RollupDoc, 'people'> & { members: Set<number> }

export function createRollups(project: string): Rollups {
  const changes = new Map<string, Change>()
  const rowAt = (bot: 0 | 1, hour: number, dim: string, value: string): Change => {
    const name = `${hour} ${bot} ${dim}\0${value}`
    let row = changes.get(name)
    if (!row) {
      const _id = rollupKey(project, bot, dim, hour, value)
      const nothing = { events: 0, pages: 0, sessions: 0, bounces: 0, duration: 0 }
      row = { _id, p: project, dim, bot, hour, value, ...nothing, members: new Set() }
      changes.set(name, row)
    }
    return row
  }
  return {
    addEvent(event, number) {
      const bot = event.bot === undefined ? 0 : 1
      const hour = hourOf(event.timestamp)
      const page = isPage(event) ? 1 : 0
      for (const [dim, value] of [['', ''], ...eventDimensions(event)] as const) {
        const row = rowAt(bot, hour, dim, value)
        row.events++
        row.pages += page
        if (number !== 0) row.members.add(number)
      }
    },
    addSession(session, sign) {
      const bot = session.bot ? 1 : 0
      const hour = hourOf(session.first[0])
      const all = rowAt(bot, hour, '', '')
      all.sessions += sign
      if (isBounce(session)) all.bounces += sign
      all.duration += sign * (session.last[0] - session.first[0])
      for (const [dim, value] of sessionDimensionsOf(session)) {
        const row = rowAt(bot, hour, dim, value)
        row.sessions += sign
        row.events += sign * session.events
        row.pages += sign * session.pages
      }
    },
    async flush(work) {
      await work.load([...changes.values()].map(({ _id }) => _id))
      for (const change of changes.values()) {
        const next = applied(work.get(change._id), change)
        if (next) work.put(change._id, next)
      }
    },
  }
}

const counts = ['events', 'pages', 'sessions', 'bounces', 'duration'] as const

/** The row as it is after the change; undefined when the change changes nothing. */
function applied(row: RollupDoc | undefined, { members, ...change }: Change): RollupDoc | undefined {
  let set = decodeSet(row?.people)
  let isGrown = false
  for (const member of members) {
    const added = addMember(set, member)
    set = added.set
    isGrown ||= added.changed
  }
  if (!isGrown && counts.every((name) => change[name] === 0)) return undefined
  const next: RollupDoc = { ...change }
  if (row) for (const name of counts) next[name] += row[name]
  const people = isGrown ? encodeSet(set) : row?.people
  return people ? { ...next, people } : next
}
