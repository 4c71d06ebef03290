import type { OverviewAnswer, OverviewQuery } from '@trailstitch/protocol'
import { pastOwners } from '../expiry.ts'
import { hourMs } from '../figures.ts'
import { countPeople, membersOf, overviewRange, planOverview, type RollupRow } from '../overview.ts'
import type { VisitorState } from '../port.ts'
import { unpackSession } from '../session-codec.ts'
import { entityId } from './keys.ts'
import type { EntityDoc, RollupDoc, SessionDoc, Tables } from './tables.ts'
import { findByIds, pieces } from './writing.ts'

/** Answers from hour rollups alone, whatever the range; people are looked up in pieces. */
export function createOverviewReader(
  tables: Tables,
  now: () => number,
): (query: OverviewQuery) => Promise<OverviewAnswer> {
  return async (query) => {
    const rows = await readRows(tables, query)
    const plan = planOverview(query, (dimension, bot) => rows.get(`${dimension} ${bot}`) ?? [])
    const members = new Set<number>()
    for (const counted of plan.counted) for (const member of membersOf(counted)?.keys() ?? []) members.add(member)
    const known = await readMembers(tables, query, [...members])
    return plan.finish((counted) => countPeople(counted, (member, hours) => resolve(known, member, hours)), now())
  }
}

async function readRows({ rollups }: Tables, query: OverviewQuery): Promise<Map<string, RollupRow[]>> {
  const { from, to } = overviewRange(query)
  const rows = new Map<string, RollupRow[]>()
  const bots = query.bots ? {} : { $or: [{ bot: 0 as const }, { bot: 1 as const, dim: '' }] }
  for await (const doc of rollups.find({ p: query.project, hour: { $gte: from, $lt: to }, ...bots })) {
    const name = `${doc.dim} ${doc.bot}`
    const list = rows.get(name)
    if (list) list.push(toRow(doc))
    else rows.set(name, [toRow(doc)])
  }
  return rows
}

const toRow = ({ bot, hour, value, events, pages, sessions, bounces, duration, people }: RollupDoc): RollupRow => ({
  bot,
  hour,
  value,
  events,
  pages,
  sessions,
  bounces,
  duration,
  people: people ?? null,
})

interface Members {
  byNumber: Map<number, EntityDoc>
  /** Users that members lead to, by id. */
  users: Map<string, EntityDoc>
  /** Sessions of the visitors that have several users. */
  sessions: Map<string, SessionDoc[]>
}

async function readMembers(tables: Tables, query: OverviewQuery, numbers: readonly number[]): Promise<Members> {
  const { project: p } = query
  const found: EntityDoc[] = []
  for (const piece of pieces(numbers)) found.push(...(await tables.entities.find({ p, n: { $in: piece } }).toArray()))
  const users = (await findByIds(
    tables.entities as never,
    new Set(found.flatMap(({ owners = [] }) => owners)),
  )) as unknown as EntityDoc[]
  const shared = found.flatMap(({ _id, runs = 0 }) => (runs > 1 ? [_id] : []))
  const { from, to } = overviewRange(query)
  const sessions: SessionDoc[] = []
  for (const piece of pieces(shared))
    sessions.push(
      ...(await tables.sessions
        .find({ p, e: { $in: piece }, start: { $gte: from - 24 * hourMs, $lt: to }, finish: { $gte: from } })
        .toArray()),
    )
  return {
    byNumber: new Map(found.map((entity) => [entity.n, entity])),
    users: new Map(users.map((user) => [user._id, user])),
    sessions: Map.groupBy(sessions, ({ e }) => e),
  }
}

/**
 * The people a visitor or user stands for. Of a visitor with several users: those who had a session in one of the hours, or
 * whose events were let go.
 */
function resolve({ byNumber, users, sessions }: Members, member: number, hours: readonly number[]): string[] {
  const entity = byNumber.get(member)
  if (!entity) return []
  const { _id, p, runs = 0, owner, root, owners = [] } = entity
  const rootOf = (user: string): string => users.get(user)?.root ?? user
  if (runs <= 1) return [owner === undefined ? (root ?? _id) : rootOf(owner)]
  const visitor = JSON.parse(entity.state as string) as VisitorState
  const usersIn = (hour: number): (string | null)[] => [
    ...(sessions.get(_id) ?? [])
      .filter(({ start, finish }) => start < hour + hourMs && start >= hour - 24 * hourMs && finish >= hour)
      .map(({ state }) => unpackSession(state).user),
    ...pastOwners(visitor, hour),
  ]
  return hours.flatMap(usersIn).map((user) => {
    const id = user === null ? undefined : entityId(p, 'user', user)
    return id !== undefined && owners.includes(id) ? rootOf(id) : _id
  })
}
