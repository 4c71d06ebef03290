import type { World } from '../world/world.ts'
import type { Cast, Client, Outgoing, Request } from './cast.ts'
import { makeEvent } from './make-event.ts'
import { post } from './network.ts'

/** How far a client's clock may be off: some are right, some by minutes, some by years. */
const skewsMs = [0, 0, 4_000, -90_000, 7 * 60_000, -3_600_000, 40 * 86_400_000, -25 * 365 * 86_400_000]

/** Starts a client. It never ends, it only runs out of events to make up. */
export function startClient(cast: Cast, project: string): void {
  const client: Client = { project, outbox: [] }
  cast.clients.push(client)
  void run(cast, client)
}

async function run(cast: Cast, client: Client): Promise<void> {
  const { schedule, random } = cast.world
  let skewMs = random.pick(skewsMs)
  for (;;) {
    const isBusy = cast.eventsLeft > 0 || client.outbox.length > 0
    await schedule.sleep(isBusy ? random.int(10, 3_000) : random.int(5_000, 60_000), `a client of ${client.project}`)
    if (random.chance(0.05)) skewMs = random.pick(skewsMs) // somebody set the clock
    for (let more = random.int(1, 4); more > 0 && cast.eventsLeft > 0 && client.outbox.length < 30; more--) {
      cast.eventsLeft--
      client.outbox.push(makeEvent(cast.world, client.project, schedule.now() + skewMs))
    }
    if (client.outbox.length === 0) continue
    const chosen = random.shuffle(client.outbox).slice(0, random.int(1, 7))
    const isTaken = await post(cast, requestOf(cast.world, client.project, chosen, schedule.now() + skewMs))
    if (isTaken && !random.chance(cast.world.faults.resent))
      client.outbox = client.outbox.filter((item) => !chosen.includes(item))
  }
}

/** Packs events into one request: a single one may go by its own route, several share a batch. */
export function requestOf(world: World, project: string, items: readonly Outgoing[], clientNow: number): Request {
  const { random } = world
  const events = items.map(({ sent }) => sent)
  const [only] = items
  const sentAt = random.chance(0.5) ? { sentAt: new Date(clientNow).toISOString() } : {}
  if (only && items.length === 1 && random.chance(0.5)) {
    const kind = only.wire.type as Request['kind']
    return { project, kind, events, body: Buffer.from(JSON.stringify({ ...only.wire, ...sentAt })) }
  }
  const batch = items.map(({ wire }) => wire)
  return { project, kind: 'batch', events, body: Buffer.from(JSON.stringify({ batch, ...sentAt })) }
}
