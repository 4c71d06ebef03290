import { askErasure, eraseKeysOf, openStore, readErasures, type Store, silentLog } from '@trailstitch/backends'
import { stitchRules } from '@trailstitch/processor'
import type { PersonDetail } from '@trailstitch/protocol'
import type { Cast } from '../actors/cast.ts'
import { firstDifferences } from '../world/differences.ts'
import { readProject } from './read-project.ts'
import { numberOf, readStored } from './read-stored.ts'

export const erasureName = 'an erased person is gone, and nobody else'

const project = 'p'
/** Longer than clocks are apart: all that is stored was received before. */
const apartMs = 120_000
/** Many times what it takes. */
const maxSteps = 20_000

/**
 * Asks for the erasure of somebody and lets the workers do it, under faults for a while. People, journeys, sessions and
 * events must then be those of a memory store that was given the stored events in one go and erased the same person. To be
 * run last: the other stores of the world do not erase.
 */
export async function checkErasure(cast: Cast, step: () => Promise<void>): Promise<string | undefined> {
  const { random, stores, schedule, directory } = cast.world
  const { people } = (await readProject(stores.main, project, schedule.now())) as { people: PersonDetail[] }
  if (people.length === 0) return undefined
  const person = random.pick(people)
  schedule.jump(apartMs)
  const before = schedule.now()
  const keys = eraseKeysOf(project, person)
  const oracle = await openStore('memory:', { now: schedule.now, log: silentLog })
  const events = await readStored(stores.main)
  await oracle.append([{ collector: 'oracle', seq: 1, voided: [], received: [], events, rejected: [] }])
  await oracle.stitch(stitchRules, 1)
  for (let more = true; more; )
    ({ more } = await oracle.erase({ id: 'e', project, keys, before, rules: stitchRules }, 1_000_000))

  await askErasure(directory, { project, profileId: person.profileId, keys }, before)
  cast.world.unleash()
  for (let steps = 0; !(await isDone(directory)); steps++) {
    if (steps === random.int(100, 400)) cast.world.calm()
    if (steps > maxSteps) return 'it is never done'
    await step()
  }
  cast.world.calm()
  const [actual, expected] = [await readLeft(stores.main, before), await readLeft(oracle, before)]
  const differences = firstDifferences(actual, expected)
  return differences && `${person.profileId} of ${events.length} events\n${differences}`
}

const isDone = async (directory: Parameters<typeof readErasures>[0]): Promise<boolean> =>
  (await readErasures(directory, project)).every(({ body }) => body.state === 'done')

/**
 * All but figures, which go on to count who is gone, and the list of ties: of a name that is a visitor's and a user's at
 * once, SQLite may list one twice.
 */
async function readLeft(store: Store, now: number): Promise<object> {
  const { people, details, sessions, searched } = await readProject(store, project, now)
  const events = (await readStored(store)).map((event) => `${numberOf(event)} ${event.messageId}`).sort()
  const persons = details.map(({ person: { links: _, ...person }, journey }) => ({ person, journey }))
  return { people, persons, sessions, searched, events }
}
