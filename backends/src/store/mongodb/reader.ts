import type { Answers, MarkQuery, Query } from '@trailstitch/protocol'
import type { Books } from './books.ts'
import type { Chunks } from './chunks.ts'
import type { Events } from './events.ts'
import { createPersonFinder } from './find-person.ts'
import { createAnalysisReader } from './read-analysis.ts'
import { createEventReader } from './read-event.ts'
import { createEventsReader } from './read-events.ts'
import { createJourneyReader } from './read-journey.ts'
import { createOverviewReader } from './read-overview.ts'
import { createPeopleReader } from './read-people.ts'
import { createSessionsReader } from './read-sessions.ts'
import type { Tables } from './tables.ts'

interface Parts {
  tables: Tables
  events: Events
  books: Books
  chunks: Chunks
  now(): number
}

/** Answers queries. A round that is being written meanwhile may show in part. */
export function createReader({
  tables,
  events,
  books,
  chunks,
  now,
}: Parts): <Q extends Query>(query: Q) => Promise<Answers[Q['type']]> {
  const finder = createPersonFinder(tables)
  const people = createPeopleReader(tables, finder)
  const sessions = createSessionsReader(tables, finder)
  const journey = createJourneyReader(tables, events, finder)
  const stored = createEventsReader(tables, events)
  const event = createEventReader({ tables, events, books })
  const overview = createOverviewReader(tables, now)
  const analysis = createAnalysisReader({ tables, events, people, now })

  const answer = (query: Query): Promise<unknown> => {
    switch (query.type) {
      case 'overview':
        return overview(query)
      case 'live':
        return stored.live(query)
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
        return chunks.taken(query.chunks)
      case 'events':
        return stored.events(query)
      case 'mark':
        return readMark(tables, query)
      default:
        return analysis(query)
    }
  }
  return <Q extends Query>(query: Q) => answer(query) as Promise<Answers[Q['type']]>
}

/** The project's last round. */
const readMark = async ({ lanes }: Tables, { project }: MarkQuery): Promise<string> =>
  `${(await lanes.findOne({ _id: project }))?.r ?? 0}`
