import type { DatabaseSync } from 'node:sqlite'
import { pastOwners } from '../expiry.ts'
import { hourMs } from '../figures.ts'
import { decodeMembers, estimateSize, mergeRegisters, toEstimate } from '../hll.ts'
import type { VisitorState } from '../port.ts'
import { unpackSession } from '../session-codec.ts'
import type { Ownership } from './ownership.ts'
import type { SharedHour } from './spans.ts'

/** The people of a row of figures, of the hours [from, to). */
export interface CountedRow {
  from: number
  to: number
  people: Uint8Array | null
  /** JSON of {@link SharedHour}s. */
  shared?: string | null
}

export type CountPeople = (rows: readonly CountedRow[]) => { people: number; exact: boolean }

/** Counts people behind rows, each once: who was merged by now counts as one. An estimate counts visitors and users. */
export function createPeopleCounter(db: DatabaseSync, ownership: Ownership): CountPeople {
  const ownersIn = createOwnersIn(db, ownership)
  /** By person: which count has seen them last. A byte each, so that all of them are near. */
  let seen = new Uint8Array(4_096)
  let round = 0
  return (rows) => {
    if (round === 255) {
      seen.fill(0)
      round = 0
    }
    round++
    let count = 0
    let registers: Uint8Array | undefined
    const counted: Uint32Array[] = []
    const add = (person: number): void => {
      if (person >= seen.length) {
        const known = seen
        seen = new Uint8Array(person * 2)
        seen.set(known)
      }
      if (seen[person] === round) return
      seen[person] = round
      count++
    }
    for (const { from, to, people, shared } of rows) {
      for (const [visitor, hour] of parseShared(shared)) for (const person of ownersIn(visitor, hour)) add(person)
      if (!people) continue
      const members = decodeMembers(people)
      if (!members) {
        registers ??= toEstimate([])
        mergeRegisters(registers, people.subarray(1))
        continue
      }
      counted.push(members)
      const found = ownership.peopleOf(members)
      for (let index = 0; index < found.length; index++) {
        const person = found[index] as number
        if (person !== 0) add(person)
        else
          for (let hour = from; hour < to; hour += hourMs)
            for (const one of ownersIn(members[index] as number, hour)) add(one)
      }
    }
    if (!registers) return { people: count, exact: true }
    for (const members of counted) mergeRegisters(registers, toEstimate(members))
    const others = rows.flatMap(({ shared }) => parseShared(shared).map(([visitor]) => visitor))
    mergeRegisters(registers, toEstimate(others))
    return { people: estimateSize(registers), exact: false }
  }
}

const parseShared = (text: string | null | undefined): SharedHour[] => (text ? (JSON.parse(text) as SharedHour[]) : [])

/**
 * The people of a visitor with several users in an hour: those who had a session in it, whose gaps are too short to skip
 * one, or whose events were let go.
 */
function createOwnersIn(db: DatabaseSync, ownership: Ownership): (visitor: number, hour: number) => number[] {
  const selectState = db.prepare('SELECT project, state FROM entities WHERE id = ?')
  const selectSessions = db.prepare(
    'SELECT state FROM sessions WHERE entity = ? AND start < ? AND start >= ? AND finish >= ?',
  )
  const selectUser = db.prepare(
    `SELECT id FROM entities WHERE project = ? AND kind = 'user' AND name = ? AND id IN (SELECT user FROM owners WHERE visitor = ?)`,
  )
  return (visitor, hour) => {
    const { project, state } = selectState.get(visitor) as { project: string; state: string | null }
    // It was erased: what is left of it is its owner's number.
    if (state === null) return [ownership.personOf(visitor)]
    const sessions = selectSessions.all(visitor, hour + hourMs, hour - 24 * hourMs, hour)
    const users = [
      ...sessions.map((row) => unpackSession(row.state as string).user),
      ...pastOwners(JSON.parse(state) as VisitorState, hour),
    ]
    return users.map((user) => {
      const found = user === null ? undefined : selectUser.get(project, user, visitor)
      return found ? ownership.personOf(found.id as number) : visitor
    })
  }
}
