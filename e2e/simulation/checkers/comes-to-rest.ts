import { overflowPrefix } from '@trailstitch/backends'
import { decodeChunkHeader } from '@trailstitch/protocol'
import type { Cast } from '../actors/cast.ts'
import { InvariantError } from '../world/failure.ts'

export const restName = 'everything comes to rest'

/** Many times what it takes: far beyond every lease, deadline, pause and heartbeat. */
const maxSteps = 20_000

/**
 * Once nothing fails any more, everything ends well by itself, but for dead letters, which the operator has to redrive:
 * clients hear a yes for all they have, overflow and queue run empty, collectors name what they gave up, and all is stitched.
 */
export async function comesToRest(cast: Cast, step: () => Promise<void>): Promise<void> {
  for (let steps = 0; steps < maxSteps; steps++) {
    await redriveChunks(cast)
    if ((await findUnrest(cast)) === undefined) return
    await step()
  }
  throw new InvariantError(restName, (await findUnrest(cast)) ?? 'it came to rest at last')
}

async function findUnrest({ world, clients, openRequests }: Cast): Promise<string | undefined> {
  const { core, overflow, stores, record } = world
  const waiting = clients.reduce((sum, { outbox }) => sum + outbox.length, 0)
  if (openRequests > 0 || waiting > 0) return `${openRequests} requests and ${waiting} events of clients are open`
  if (world.underWay > 0) return `${world.underWay} messages are on their way`
  const overflowed = await overflow?.list(overflowPrefix, { limit: 1 })
  if (overflowed && overflowed.items.length > 0) return 'the overflow is not empty'
  const { items } = await core.list('pending', { limit: 1 })
  if (items.length > 0) return 'the queue is not empty'
  for (const [name, { process, attempted, entered, voided }] of record.collectors) {
    if (!process.isAlive) continue
    const owed = [...attempted].filter((seq) => !entered.has(seq) && !voided.has(seq))
    if (owed.length > 0) return `${name} has not named ${owed.join(', ')}`
  }
  return stores.isStitched() ? undefined : 'not everything is stitched'
}

/** Bytes that are no chunk stay dead. */
async function redriveChunks({ world: { core } }: Cast): Promise<void> {
  const { items } = await core.list('dead', { limit: 1_000 })
  const chunks = items.filter(({ body }) => isChunk(body)).map(({ id }) => id)
  if (chunks.length > 0) core.redrive(chunks)
}

function isChunk(body: Uint8Array): boolean {
  try {
    return decodeChunkHeader(body).seq > 0
  } catch {
    return false
  }
}
