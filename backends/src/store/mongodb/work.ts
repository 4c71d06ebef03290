import type { Collection } from 'mongodb'
import type { Stored } from './tables.ts'
import { findByIds } from './writing.ts'

/** Documents of one collection as a round sees them: as they were, or as the round has changed them so far. */
export interface Work<Doc> {
  /** Reads documents ahead. What was read or changed before stays as it is. */
  load(ids: Iterable<string>): Promise<void>
  /** Takes in documents that a query found. */
  know(docs: Iterable<Stored<Doc>>): void
  /** Throws when the document was never loaded: a mistake, not a miss. */
  get(id: string): Doc | undefined
  put(id: string, doc: Doc): void
  remove(id: string): void
  all(): Iterable<Doc>
  puts(): [id: string, doc: (Doc & object) | null][]
}

export function createWork<Doc extends { _id: string }>(collection: Collection<Stored<Doc>>): Work<Doc> {
  const known = new Map<string, Doc | undefined>()
  const changed = new Set<string>()
  const know = (docs: Iterable<Stored<Doc>>): void => {
    for (const { r: _round, ...doc } of docs)
      if (known.get(doc._id) === undefined && !changed.has(doc._id))
        known.set(doc._id, doc.gone === undefined ? (doc as unknown as Doc) : undefined)
  }
  return {
    know,
    async load(ids) {
      const wanted = [...new Set(ids)].filter((id) => !known.has(id))
      for (const id of wanted) known.set(id, undefined)
      know((await findByIds(collection as never, wanted)) as unknown as Stored<Doc>[])
    },
    get(id) {
      if (!known.has(id)) throw new Error(`${collection.collectionName} ${id} was not loaded`)
      return known.get(id)
    },
    put(id, doc) {
      known.set(id, doc)
      changed.add(id)
    },
    remove(id) {
      if (known.get(id) !== undefined) changed.add(id)
      known.set(id, undefined)
    },
    *all() {
      for (const doc of known.values()) if (doc) yield doc
    },
    puts: () => [...changed].map((id) => [id, known.get(id) ?? null]),
  }
}
