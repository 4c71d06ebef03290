import type { DatabaseSync } from 'node:sqlite'
import type { AnalysisQuery } from '@trailstitch/protocol'
import { answerFigures, answerPeople, answerProperties, requestOf, type ScanQuery } from '../analysis/answer.ts'
import { createScan, type Row, type Scan, type ScanRequest } from '../analysis/scan.ts'
import { isEdgeEvent } from '../edges.ts'
import type { Blocks } from './blocks.ts'
import type { Entities } from './entities.ts'
import { createPeopleOf } from './people-of.ts'
import type { PeopleReader } from './read-people.ts'
import { createSessionsOf } from './sessions-of.ts'

interface Parts {
  db: DatabaseSync
  blocks: Blocks
  entities: Entities
  people: PeopleReader
  now(): number
}

/** Answers what looks at events one by one. */
export function createAnalysisReader({ db, blocks, entities, people, now }: Parts): (query: AnalysisQuery) => unknown {
  const selectMark = db.prepare(`SELECT value FROM meta WHERE name = 'stitched'`)
  const selectBlocks = db.prepare('SELECT id FROM blocks WHERE id <= ? ORDER BY id')

  function* rowsOf({
    project,
    sessions,
    traits,
  }: Pick<ScanRequest, 'project' | 'sessions' | 'traits'>): Generator<Row> {
    const peopleOf = createPeopleOf(db, entities)
    const sessionOf = createSessionsOf(db, entities)
    for (const { id } of selectBlocks.iterate(Number(selectMark.get()?.value ?? 0)) as Iterable<{ id: number }>)
      for (const event of blocks.read(id)) {
        if (event?.project !== project) continue
        const person = peopleOf.personOf(event)
        yield {
          event,
          profileId: person === undefined ? undefined : peopleOf.profileIdOf(person),
          session: sessions && !isEdgeEvent(event) ? sessionOf(event) : undefined,
          traits: traits && person !== undefined ? peopleOf.traitsOf(person) : undefined,
        }
      }
  }
  const scan = (query: ScanQuery): Scan => {
    const request = requestOf(query)
    const built = createScan(request)
    for (const row of rowsOf(request)) built.add(row)
    return built.finish()
  }
  return (query) => {
    switch (query.type) {
      case 'properties':
        return answerProperties(query, rowsOf({ project: query.project, sessions: true, traits: true }), now())
      case 'funnel_people':
      case 'segment':
        return people.among(query, answerPeople(query, scan(query)))
      default:
        return answerFigures(query, scan(query), now())
    }
  }
}
