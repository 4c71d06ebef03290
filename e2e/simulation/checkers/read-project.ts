import type { Store } from '@trailstitch/backends'
import type { OverviewAnswer, Query } from '@trailstitch/protocol'
import { readWorld } from '../../../processor/test/stitch/worlds.ts'
import { startOfTime } from '../world/world.ts'

const dayMs = 86_400_000

type Overview = Omit<OverviewAnswer, 'meta'>

/** What a store answers about a project: people with their journeys and sessions, overviews, searches, and the books. */
export interface ProjectAnswers {
  people: unknown
  details: { person: { links: { messageId: string }[] }; journey: { messageId: string }[]; back: string[] }[]
  sessions: unknown
  overview: Overview
  withBots: Overview
  searched: unknown
  ledger: unknown
  holes: number
}

/** Asks a store everything about a project, up to the present day of virtual time. */
export async function readProject(store: Store, project: string, now: number): Promise<ProjectAnswers> {
  const range = { from: startOfTime - 5 * dayMs, to: now + dayMs }
  const aim = (query: Query): Query =>
    ({ ...query, ...('project' in query && { project }), ...(query.type === 'overview' && range) }) as Query
  const aimed = { ...store, query: (query: Query) => store.query(aim(query)) } as Store
  const answers = (await readWorld(aimed)) as ProjectAnswers
  return { ...answers, overview: comparable(answers.overview), withBots: comparable(answers.withBots) }
}

/**
 * An overview without the people of its breakdowns: where several users share a visitor, rollups tell who was there in an
 * hour but not whose of them an event was, so stores with rollups may count more people a row than the definition.
 */
function comparable(overview: Overview): Overview {
  const by = Object.entries(overview.by).map(([dimension, { rows, ...rest }]) => {
    return [dimension, { ...rest, rows: rows.map(({ people: _, ...row }) => row) }] as const
  })
  return { ...overview, by: Object.fromEntries(by) as Overview['by'] }
}
