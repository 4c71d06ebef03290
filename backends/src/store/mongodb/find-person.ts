import { parseProfileId } from '../identity.ts'
import type { PersonSource } from '../person.ts'
import type { VisitorState } from '../port.ts'
import { entityId } from './keys.ts'
import { createSources, readPeople } from './people.ts'
import type { EntityDoc, Stored, Tables } from './tables.ts'
import { findByIds } from './writing.ts'

/** From ids to people. */
export interface PersonFinder {
  /** The entity a profileId leads to today: that of a visitor or an aliased user leads on to the person they became. */
  current(project: string, profileId: string): Promise<string | undefined>
  /** Entities of the people an id, as it is, may belong to. */
  byId(project: string, id: string): Promise<string[]>
  /** What people are made of; those that lead on or are unknown are left out. */
  sources(project: string, ids: readonly string[]): Promise<Map<string, PersonSource>>
}

export function createPersonFinder(tables: Tables): PersonFinder {
  const { entities, profiles } = tables
  const find = async (ids: readonly string[]): Promise<Stored<EntityDoc>[]> =>
    ((await findByIds(entities as never, ids)) as Stored<EntityDoc>[]).filter(({ gone }) => gone === undefined)
  const rootOf = async (id: string): Promise<string> => (await entities.findOne({ _id: id }))?.root ?? id

  const leadOn = async ({ _id, p, kind, root, state }: EntityDoc): Promise<string> => {
    if (kind === 'user') return root ?? _id
    const profile = await profiles.findOne({ _id, p })
    if (state === undefined || (profile && profile.gone === undefined)) return _id
    const last = (JSON.parse(state) as VisitorState).runs.at(-1)?.user
    return last == null ? _id : rootOf(entityId(p, 'user', last))
  }
  return {
    async current(project, profileId) {
      if (!parseProfileId(profileId)) return undefined
      const entity = await entities.findOne({ _id: profileId.slice(2), p: project })
      return entity && entity.gone === undefined ? leadOn(entity) : undefined
    },
    async byId(project, id) {
      const found = new Set<string>()
      for (const { _id, kind, root, owners = [] } of await find([
        entityId(project, 'user', id),
        entityId(project, 'visitor', id),
      ])) {
        found.add(kind === 'user' ? (root ?? _id) : _id)
        for (const owner of await find(owners)) found.add(owner.root ?? owner._id)
      }
      return [...found]
    },
    async sources(project, ids) {
      const first = await readPeople(tables, project, ids)
      const sourceOf = createSources(first)
      return new Map(
        ids.flatMap((id) => {
          const source = sourceOf(id)
          return source ? [[id, source] as const] : []
        }),
      )
    },
  }
}
