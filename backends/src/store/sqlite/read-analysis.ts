import type { DatabaseSync } from 'node:sqlite'
import type { AnalysisQuery } from '@trailstitch/protocol'
import { answerFigures, answerPeople, answerProperties, requestOf, type ScanQuery } from '../analysis/answer.ts'
import type { Row, Scan } from '../analysis/scan.ts'
import { isEdgeEvent } from '../edges.ts'
import type { Blocks } from './blocks.ts'
import type { Entities } from './entities.ts'
import { findEntityOf } from './event-writer.ts'
import type { Ownership } from './ownership.ts'
import { createPeopleOf } from './people-of.ts'
import type { PeopleReader } from './read-people.ts'
import { createScanner } from './scan.ts'
import { createSessionsOf } from './sessions-of.ts'

interface Parts {
  db: DatabaseSync
  blocks: Blocks
  entities: Entities
  ownership: Ownership
  people: PeopleReader
  now(): number
}

/** Answers what looks at events one by one. */
export function createAnalysisReader({
  db,
  blocks,
  entities,
  ownership,
  people,
  now,
}: Parts): (query: AnalysisQuery) => unknown {
  const selectMark = db.prepare(`SELECT value FROM meta WHERE name = 'stitched'`)
  const selectBlocks = db.prepare('SELECT id FROM blocks WHERE id <= ? ORDER BY id')

  const scan = createScanner({ db, blocks, entities, ownership })
  const scanFor = (query: ScanQuery): Scan => scan(requestOf(query))

  function* rowsOf(project: string): Generator<Row> {
    const peopleOf = createPeopleOf({ db, entities, ownership })
    const sessionOf = createSessionsOf(db)
    for (const { id } of selectBlocks.iterate(Number(selectMark.get()?.value ?? 0)) as Iterable<{ id: number }>)
      for (const event of blocks.read(id)) {
        if (event?.project !== project) continue
        const { timestamp, messageId } = event
        const entity = findEntityOf(entities, event)
        const person = peopleOf.personAt(entity, timestamp, () => messageId)
        yield {
          event,
          profileId: undefined,
          session: isEdgeEvent(event) ? undefined : sessionOf(entity, timestamp, () => messageId),
          traits: person === undefined ? undefined : peopleOf.traitsOf(person),
        }
      }
  }
  return (query) => {
    switch (query.type) {
      case 'properties':
        return answerProperties(query, rowsOf(query.project), now())
      case 'funnel_people':
      case 'segment': {
        const { profileIds, meta } = answerPeople(query, scanFor(query), now())
        return { ...people.among(query, profileIds), meta }
      }
      default:
        return answerFigures(query, scanFor(query), now())
    }
  }
}
