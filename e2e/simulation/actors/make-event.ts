import type { JsonObject } from '@trailstitch/protocol'
import type { World } from '../world/world.ts'
import type { Outgoing } from './cast.ts'

/** Event times lie on a coarse grid, so that equal times, 30-minute gaps and 24-hour cuts are all frequent. */
const gridMs = 10 * 60_000

const kinds = ['page', 'page', 'page', 'track', 'track', 'track', 'identify', 'identify', 'screen', 'group', 'alias']
const visitors = ['a1', 'a2', 'a3', 'a4']
const users = ['u1', 'u2', 'u3']
const noIds = ['null', '[object Object]', '00000000-0000-0000-0000-000000000000']
const pages = [
  'https://shop.example/?utm_source=news&utm_medium=email&utm_campaign=may',
  'https://shop.example/shoes',
  'https://shop.example/shoes/7?gclid=abc',
  'https://shop.example/cart',
]
const agents = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1',
]
const botAgent = 'Googlebot/2.1 (+http://www.google.com/bot.html)'
/** A browser is a bot or is none: of a visitor that is both, and several users at once, hours may count one too many. */
const botVisitor = 'a4'

/** Makes up an event as a client whose clock shows `clientNow` would send it. */
export function makeEvent(world: World, project: string, clientNow: number): Outgoing {
  const { random, record } = world
  const type = random.pick(kinds)
  const isInvalid = type === 'track' && random.chance(0.15)
  const messageId = random.chance(0.04) ? undefined : drawMessageId(world, project)
  const sent = record.newEvent({ project, messageId, isInvalid })
  const ids = drawIds(world, type)
  const wire: { [key: string]: JsonObject[string] } = {
    type,
    ...(messageId !== undefined && { messageId }),
    ...ids,
    context: {
      n: sent.n,
      ...(ids.anonymousId === botVisitor
        ? { userAgent: botAgent }
        : random.chance(0.5) && { userAgent: random.pick(agents) }),
      ...(random.chance(0.6) && {
        page: { url: random.pick(pages), ...(random.chance(0.3) && { referrer: 'https://www.google.com/' }) },
      }),
    },
  }
  if (random.chance(0.95)) wire.timestamp = drawTime(world, clientNow)
  if (type === 'track' && !isInvalid) wire.event = `Event ${random.int(1, 3)}`
  if (type === 'group') wire.groupId = 'g1'
  if (type === 'identify')
    wire.traits = {
      [`t${random.int(0, 3)}`]: sent.n,
      ...(random.chance(0.4) && { email: `e${random.int(0, 2)}@x.test` }),
    }
  return { sent, wire }
}

/** Unique in its project; the same id may live in another one. */
function drawMessageId({ random, record }: World, project: string): string {
  const fresh = `${random.int(0, 999_999).toString(36)}-${record.events.length}`
  const other = record.events.length > 0 ? random.pick(record.events) : undefined
  if (other?.messageId === undefined || other.project === project || !random.chance(0.3)) return fresh
  const isUsed = record.events.some((event) => event.project === project && event.messageId === other.messageId)
  return isUsed ? fresh : other.messageId
}

function drawIds({ random }: World, type: string): JsonObject {
  const userId = type === 'alias' || random.chance(0.35) ? drawUser(random.pick(users)) : undefined
  const anonymousId = userId === undefined || random.chance(0.8) ? random.pick(visitors) : undefined
  return {
    ...(anonymousId !== undefined && { anonymousId }),
    ...(userId !== undefined && { userId }),
    ...(type === 'alias' && { previousId: random.pick([...visitors, ...users]) }),
  }

  function drawUser(user: string): string {
    return type !== 'alias' && random.chance(0.05) ? random.pick(noIds) : user
  }
}

function drawTime({ random }: World, clientNow: number): string | number {
  if (random.chance(0.03)) return random.pick(['1970-01-01T00:00:05Z', '2099-01-01T00:00:00Z'])
  const slots = random.chance(0.7) ? random.int(0, 20) : random.chance(0.8) ? random.int(0, 432) : -random.int(1, 12)
  const time = Math.floor(clientNow / gridMs) * gridMs - slots * gridMs
  return random.chance(0.5) ? time : new Date(time).toISOString()
}
