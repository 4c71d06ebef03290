import type { Deps } from '../deps.ts'
import { BackendError } from '../errors.ts'
import { splitUrl } from '../open.ts'
import { checkList, checkPlace, type Draft, draftOf, isNew, pageOf } from './documents.ts'
import type { Directory, ListOptions } from './port.ts'

/** Keeps documents in this process alone, until it ends: `memory:`. For tests. */
export async function openMemoryDirectory(url: string, { now }: Deps): Promise<Directory> {
  if (splitUrl(url).rest !== '') throw new BackendError('invalid_url', 'Write memory:.')
  const kinds = new Map<string, Map<string, Draft>>()
  let closed = false

  const documentsOf = (kind: string): Map<string, Draft> => {
    if (closed) throw new BackendError('closed')
    const found = kinds.get(kind) ?? new Map<string, Draft>()
    kinds.set(kind, found)
    for (const [id, { expiresAt }] of found) if (expiresAt !== null && expiresAt <= now()) found.delete(id)
    return found
  }

  return {
    async read<Body extends object>(kind: string, id: string) {
      checkPlace(kind, id)
      const draft = documentsOf(kind).get(id)
      return draft && { id, version: draft.version, body: JSON.parse(draft.text) as Body }
    },
    async write(kind, id, body, options) {
      const draft = draftOf(kind, id, body, options)
      const documents = documentsOf(kind)
      const there = documents.get(id)
      if (isNew(options) ? there : there?.version !== options.expected) return undefined
      for (const [otherId, other] of documents) if (otherId !== id && collide(draft, other)) return undefined
      documents.set(id, draft)
      return draft.version
    },
    async list<Body extends object>(kind: string, options: ListOptions) {
      checkList(kind, options)
      const { by, after, limit, order = 'asc' } = options
      const sign = order === 'asc' ? 1 : -1
      const found = [...documentsOf(kind)]
        .filter(([, { keys }]) => !by || keys.some(({ name, value }) => name === by[0] && value === by[1]))
        .filter(([id]) => after === undefined || sign * compare(id, after) > 0)
        .sort(([a], [b]) => sign * compare(a, b))
        .map(([id, { version, text }]) => ({ id, version, body: JSON.parse(text) as Body }))
      return pageOf(found, limit)
    },
    async delete(kind, id, expected) {
      checkPlace(kind, id)
      const documents = documentsOf(kind)
      if (expected !== undefined && documents.get(id)?.version !== expected) return false
      return documents.delete(id)
    },
    async close() {
      closed = true
      kinds.clear()
    },
  }
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** Whether one of them must be alone with a value that the other has, too. */
function collide(a: Draft, b: Draft): boolean {
  return a.keys.some(
    ({ name, value, isUnique }) =>
      isUnique && b.keys.some((other) => other.isUnique && other.name === name && other.value === value),
  )
}
