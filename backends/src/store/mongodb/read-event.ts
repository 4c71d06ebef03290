import type { EventAnswer, EventQuery, StoredEvent } from '@trailstitch/protocol'
import { digest, profileIdOf } from '../identity.ts'
import { ownerAt } from '../person.ts'
import type { VisitorState } from '../port.ts'
import type { Books } from './books.ts'
import type { Events } from './events.ts'
import { entityId, eventKey } from './keys.ts'
import { readSessionIds } from './read-journey.ts'
import type { ClaimDoc, Tables, TimelineDoc } from './tables.ts'

const dayMs = 86_400_000

interface Parts {
  tables: Tables
  events: Events
  books: Books
}

/** One event by its messageId: its claim tells all that its key follows from. */
export function createEventReader({ tables, events, books }: Parts): (query: EventQuery) => Promise<EventAnswer> {
  const { claims, timeline } = tables

  const readPlace = async (claim: ClaimDoc, { project, messageId }: EventQuery): Promise<TimelineDoc | null> => {
    if (claim.at === undefined) return null
    const key = eventKey({ project, messageId, receivedAt: claim.at }, claim.c)
    return timeline.findOne({ _id: key, p: project })
  }
  const readStored = async (place: TimelineDoc): Promise<EventAnswer['stored']> => {
    const { _id: key, p: project, t: timestamp } = place
    const event = (await events.read([{ key, project, timestamp }])).get(key)
    if (!event) return undefined
    // What no round has folded yet has neither a session nor a person, whatever lies around it.
    if (place.o === undefined) return { event, sessionId: null, profileId: null }
    const sessionId = (await readSessionIds(tables, [event], project)).get(event) ?? null
    return { event, sessionId, profileId: await readProfileId(tables, event) }
  }
  return async (query) => {
    const claim = await claims.findOne({ _id: digest(query.project, query.messageId).toString('base64url') })
    const place = claim && (await readPlace(claim, query))
    const stored = place ? await readStored(place) : undefined
    const [first] = await claims.find().sort({ d: 1 }).limit(1).toArray()
    return {
      ...(stored && { stored }),
      takenOn: claim ? claim.d * dayMs : null,
      rememberedSince: first ? first.d * dayMs : null,
      rejected: await books.rejectedAs(query.project, query.messageId),
    }
  }
}

/** The person whose event it is by now. */
async function readProfileId({ entities, profiles }: Tables, event: StoredEvent): Promise<string | null> {
  const { project, anonymousId, userId, timestamp, messageId } = event
  const find = (id: string) => entities.findOne({ _id: id, p: project })
  const visitor = anonymousId === undefined ? null : await find(entityId(project, 'visitor', anonymousId))
  const runs = visitor?.state === undefined ? undefined : (JSON.parse(visitor.state) as VisitorState).runs
  const user = runs ? ownerAt(runs, [timestamp, messageId]) : (userId ?? null)
  const id = user === null ? visitor?._id : entityId(project, 'user', user)
  if (id === undefined) return null
  const person = (user === null ? undefined : (await find(id))?.root) ?? id
  const profile = await profiles.findOne({ _id: person, p: project })
  return profile && profile.gone === undefined ? profileIdOf(Buffer.from(person, 'base64url')) : null
}
