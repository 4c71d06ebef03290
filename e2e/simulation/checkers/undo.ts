import type { StoredEvent } from '@trailstitch/protocol'
import type { Cast } from '../actors/cast.ts'
import { command } from '../actors/operator.ts'
import { firstDifferences } from '../world/differences.ts'
import { type ProjectAnswers, readProject } from './read-project.ts'
import { readStored } from './read-stored.ts'

export const undoName = 'undo of a merge restores the same bytes'

const project = 'p'

/**
 * Merges two ids that nothing ties yet, through the faulty pipeline, and takes the merge back. People, sessions, journeys
 * and overviews must then be, to the byte, what they were. An identify call that ties is an event of its own and stays;
 * there every other event must belong to whom it belonged. `rest` lets the world work, with faults, and come to rest.
 */
export async function checkUndo(cast: Cast, rest: () => Promise<void>): Promise<string | undefined> {
  const { world } = cast
  const { random, stores, schedule } = world
  const pair = choosePair(cast, await readStored(stores.main))
  if (!pair) return undefined
  const isIdentify = pair.from.startsWith('a') && random.chance(0.4)
  const read = async (ignored: readonly string[]): Promise<string> => {
    const answers = await readProject(stores.main, project, schedule.now())
    return JSON.stringify(isIdentify ? ownersOf(answers, ignored) : without(answers, ignored))
  }
  const before = await read([])
  const merge = command(cast, project, {
    userId: pair.user,
    ...(isIdentify ? { type: 'identify', anonymousId: pair.from } : { type: 'alias', previousId: pair.from }),
  })
  await rest()
  const merged = (await merge).sent.messageId ?? ''
  if ((await read([merged])) !== before) world.count('merges that changed something')
  const undo = command(cast, project, {
    type: 'unlink',
    userId: pair.user,
    ...(isIdentify ? { anonymousId: pair.from } : { previousId: pair.from }),
  })
  await rest()
  const undone = (await undo).sent.messageId ?? ''
  const after = await read([merged, undone])
  if (after === before) return undefined
  const differences = firstDifferences(JSON.parse(after), JSON.parse(before)) ?? 'equal values in different bytes'
  return `${isIdentify ? 'identify' : 'alias'} of ${pair.from} with ${pair.user}\n${differences}`
}

/** An undo voids every tie of the two, so they must have none but the one that is to be made. */
function choosePair({ world }: Cast, stored: readonly StoredEvent[]): { from: string; user: string } | undefined {
  const isTied = (from: string, user: string): boolean =>
    stored.some((event) => event.userId === user && (event.anonymousId === from || event.previousId === from))
  const ids = ['a1', 'a2', 'a3', 'a4', 'u1', 'u2', 'u3']
  const users = ['u1', 'u2', 'u3', 'u4']
  const free = ids.flatMap((from) =>
    users.filter((user) => user !== from && !isTied(from, user)).map((user) => ({ from, user })),
  )
  return free.length > 0 ? world.random.pick(free) : undefined
}

/** The answers but for the merge and its undo themselves: their entries in journeys and lists of links. */
function without(
  { details, people, sessions, overview, withBots, searched }: ProjectAnswers,
  ignored: readonly string[],
): unknown {
  const isKept = ({ messageId }: { messageId: string }): boolean => !ignored.includes(messageId)
  const kept = details.map(({ person, journey, back, ...rest }) => ({
    ...rest,
    person: { ...person, links: person.links.filter(isKept) },
    journey: journey.filter(isKept),
    back: back.filter((messageId) => isKept({ messageId })),
  }))
  return { people, sessions, overview, withBots, searched, details: kept }
}

/** Whose each event is. */
function ownersOf({ details }: ProjectAnswers, ignored: readonly string[]): unknown {
  const owners = details.flatMap(({ person, journey }) =>
    journey
      .filter(({ messageId }) => !ignored.includes(messageId))
      .map(({ messageId }) => [messageId, (person as unknown as { profileId: string }).profileId] as const),
  )
  // By messageId: the identify call stays, and with it when its user was last seen, by which people are listed.
  return Object.fromEntries(owners.sort(([a], [b]) => (a < b ? -1 : 1)))
}
