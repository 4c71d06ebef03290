import type { DatabaseSync } from 'node:sqlite'
import type { Answers, Query } from '@trailstitch/protocol'
import { type Blocks, createBlocks } from './blocks.ts'
import { createCollectors } from './collectors.ts'
import { createEdges } from './edges.ts'
import { createEntities, type Entities } from './entities.ts'
import { createPersonFinder } from './find-person.ts'
import { createMarkReader } from './marks.ts'
import { createOwnership, type Ownership } from './ownership.ts'
import { createProfiles } from './profiles.ts'
import { createAnalysisReader } from './read-analysis.ts'
import { createBooksReader } from './read-books.ts'
import { createEventReader } from './read-event.ts'
import { createEventsReader } from './read-events.ts'
import { createJourneyReader } from './read-journey.ts'
import { createOverviewReader } from './read-overview.ts'
import { createPeopleReader } from './read-people.ts'
import { createSessionsReader } from './read-sessions.ts'
import { createRecordsReader, type RecordsReader } from './records-reader.ts'

export interface Reader {
  query<Q extends Query>(query: Q): Answers[Q['type']]
  records: RecordsReader
}

/** Answers queries over one connection, each from one moment of the file. */
export function createReader(db: DatabaseSync, now: () => number): Reader {
  const blocks = createBlocks(db)
  const entities = createEntities(db)
  const profiles = createProfiles(db)
  const edges = createEdges(db, entities)
  const collectors = createCollectors(db)
  const finder = createPersonFinder(db, entities)
  const people = createPeopleReader({ db, entities, profiles, edges, finder })
  const journey = createJourneyReader({ db, blocks, entities, profiles, finder })
  const sessions = createSessionsReader({ db, entities, profiles, finder })
  const books = createBooksReader(db, collectors)
  const events = createEventsReader(db, blocks)
  const ownership = createOwnership(db)
  const event = createEventReader({ db, blocks, entities, ownership, books })
  const overview = createOverviewReader(db, ownership, now)
  const analysis = createAnalysisReader({ db, blocks, entities, ownership, people, now })
  const records = createRecordsReader({ db, blocks, collectors, books, now })
  const readMark = createMarkReader(db)

  const answer = (query: Query): unknown => {
    switch (query.type) {
      case 'overview':
        return overview(query)
      case 'live':
        return events.live(query)
      case 'people':
        return people.people(query)
      case 'person':
        return people.person(query)
      case 'journey':
        return journey(query)
      case 'sessions':
        return sessions(query)
      case 'ledger':
        return books.ledger(query)
      case 'clocks':
        return books.clocks(query)
      case 'rejected':
        return books.rejected(query)
      case 'event':
        return event(query)
      case 'processed':
        return query.chunks.filter(({ collector, seq }) => collectors.has(collector, seq))
      case 'events':
        return events.events(query)
      case 'mark':
        return readMark(query.project)
      default:
        return analysis(query)
    }
  }
  const atOneMoment = createMoments(db, { blocks, ownership, entities })
  return {
    query: <Q extends Query>(query: Q) => atOneMoment(() => answer(query) as Answers[Q['type']]),
    records: {
      id: () => atOneMoment(records.id),
      count: () => atOneMoment(records.count),
      read: (kind, after, limit) => atOneMoment(() => records.read(kind, after, limit)),
    },
  }
}

/** Runs a reading in a transaction, so that it sees one moment of the file. */
function createMoments(
  db: DatabaseSync,
  { blocks, ownership, entities }: { blocks: Blocks; ownership: Ownership; entities: Entities },
): <T>(work: () => T) => T {
  const selectExpired = db.prepare(`SELECT value FROM meta WHERE name = 'expired'`)
  let expired: unknown
  return (work) => {
    db.exec('BEGIN')
    try {
      // Blocks change only when events are let go; this counts how often that was.
      const now = selectExpired.get()?.value
      if (now !== expired) blocks.reset()
      expired = now
      ownership.refresh()
      entities.refresh()
      return work()
    } finally {
      db.exec('COMMIT')
    }
  }
}
