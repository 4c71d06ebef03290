import type { DatabaseSync } from 'node:sqlite'
import type { EventAnswer, EventQuery, StoredEvent } from '@trailstitch/protocol'
import { digest } from '../identity.ts'
import type { Blocks } from './blocks.ts'
import { createClaimFinder } from './claims.ts'
import type { Entities } from './entities.ts'
import { findEntityOf } from './event-writer.ts'
import type { Ownership } from './ownership.ts'
import { createPeopleOf } from './people-of.ts'
import type { BooksReader } from './read-books.ts'
import { createSessionIdReader } from './read-journey.ts'

interface Parts {
  db: DatabaseSync
  blocks: Blocks
  entities: Entities
  ownership: Ownership
  books: BooksReader
}

const dayMs = 86_400_000
/** Looked through for an event: its claim says behind which block its transaction wrote. Most write about a hundred. */
const maxBlocks = 1_024

/** One event by its messageId, found by its claim. */
export function createEventReader({
  db,
  blocks,
  entities,
  ownership,
  books,
}: Parts): (query: EventQuery) => EventAnswer {
  const claims = createClaimFinder(db)
  const readSessionIds = createSessionIdReader(db, entities)
  const hasProfile = db.prepare('SELECT 1 FROM profiles WHERE entity = ?')

  const profileOf = (event: StoredEvent): string | null => {
    const people = createPeopleOf({ db, entities, ownership })
    const entity = findEntityOf(entities, event)
    const person = people.personAt(entity, event.timestamp, () => event.messageId)
    return person !== undefined && hasProfile.get(person) ? people.profileIdOf(person) : null
  }
  return ({ project, messageId }) => {
    const claim = claims.find(digest(project, messageId))
    const event = claim?.block === undefined ? undefined : blocks.find(claim.block, maxBlocks, project, messageId)
    const firstDay = claims.firstDay()
    return {
      ...(event && {
        stored: {
          event,
          sessionId: readSessionIds([event], project).get(event) ?? null,
          profileId: profileOf(event),
        },
      }),
      takenOn: claim ? claim.day * dayMs : null,
      rememberedSince: firstDay === undefined ? null : firstDay * dayMs,
      rejected: books.rejectedAs(project, messageId),
    }
  }
}
