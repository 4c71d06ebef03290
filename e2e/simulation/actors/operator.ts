import type { JsonObject } from '@trailstitch/protocol'
import type { Cast, Outgoing } from './cast.ts'
import { post } from './network.ts'

/** Starts the operator: takes merges back and redrives dead letters, now and then. */
export function startOperator(cast: Cast): void {
  void run(cast)
}

async function run(cast: Cast): Promise<void> {
  const { schedule, random, core } = cast.world
  for (;;) {
    await schedule.sleep(random.int(2_000, 60_000), 'the operator')
    const { items: dead } = await core.list('dead', { limit: 100 })
    if (dead.length > 0 && random.chance(0.5)) {
      const ids = dead.filter(() => random.chance(0.5)).map(({ id }) => id)
      core.redrive(random.chance(0.5) ? ids : undefined)
    }
    if (cast.eventsLeft > 0 && random.chance(0.3)) await unlinkSomebody(cast)
  }
}

async function unlinkSomebody(cast: Cast): Promise<void> {
  const { random } = cast.world
  const previousId = random.pick(['a1', 'a2', 'a3', 'u1', 'u2'])
  const ids = random.chance(0.5) ? { previousId } : { anonymousId: previousId }
  await command(cast, 'p', { type: 'unlink', userId: random.pick(['u1', 'u2', 'u3']), ...ids })
}

/** Sends one event the way an operator's command does, until a yes is heard. Resolves with what it is known by. */
export async function command(cast: Cast, project: string, fields: JsonObject): Promise<Outgoing> {
  const { world } = cast
  const { schedule, record } = world
  const messageId = `op-${record.events.length}`
  const sent = record.newEvent({ project, messageId, isInvalid: false })
  const time = new Date(schedule.now()).toISOString()
  const outgoing = { sent, wire: { messageId, timestamp: time, context: { n: sent.n }, ...fields } }
  const body = Buffer.from(JSON.stringify({ batch: [outgoing.wire] }))
  const request = { project, kind: 'batch' as const, body, events: [sent], operator: true as const }
  cast.openRequests++ // the pauses between its tries are no rest
  while (!(await post(cast, request))) await schedule.sleep(1_000, 'the operator tries again')
  cast.openRequests--
  return outgoing
}
