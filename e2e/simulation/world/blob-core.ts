import type { Blob } from '@trailstitch/backends'

/** Blob storage that keeps its promises, in memory. */
export interface BlobCore extends Pick<Blob, 'get' | 'put' | 'list' | 'delete'> {
  /** Counts every change, so that a reader knows whether it has to look again. */
  version(): number
}

export function createBlobCore(now: () => number): BlobCore {
  const objects = new Map<string, { body: Uint8Array; modifiedAt: number }>()
  let version = 0
  return {
    version: () => version,
    async put(name, body) {
      objects.set(name, { body, modifiedAt: now() })
      version++
    },
    get: async (name) => objects.get(name)?.body,
    async list(prefix, { limit = 1_000, cursor = '' } = {}) {
      const names = [...objects.keys()].filter((name) => name.startsWith(prefix) && name > cursor).toSorted()
      const items = names.slice(0, limit).map((name) => {
        const { body, modifiedAt } = objects.get(name) ?? { body: new Uint8Array(), modifiedAt: 0 }
        return { name, bytes: body.length, modifiedAt }
      })
      return { items, nextCursor: names.length > limit ? (items.at(-1)?.name ?? null) : null }
    },
    async delete(name) {
      if (objects.delete(name)) version++
    },
  }
}
