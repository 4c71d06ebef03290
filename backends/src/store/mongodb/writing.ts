import { setTimeout as sleep } from 'node:timers/promises'
import {
  type Collection,
  type Document,
  MongoBulkWriteError,
  MongoServerError,
  type OptionalUnlessRequiredId,
} from 'mongodb'

const duplicateKey = 11000
/** What passes by itself: a write conflict, a primary that steps down, a server that starts. */
const passing = new Set([112, 91, 189, 10107, 11600, 11602, 13435, 13436, 262])
const maxTries = 8
/** Documents in one `$in`. */
const pieceSize = 500

/** By code and label, never by text: compatible servers word their errors in other ways. */
export const isDuplicate = (error: unknown): boolean => error instanceof MongoServerError && error.code === duplicateKey

export function isPassing(error: unknown): boolean {
  if (!(error instanceof MongoServerError)) return false
  return passing.has(Number(error.code)) || error.hasErrorLabel('RetryableWriteError')
}

/** Does `work` again while it fails with what passes by itself. */
export async function insist<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work()
    } catch (error) {
      if (!isPassing(error) || tries === maxTries) throw error
      await sleep(5 * 2 ** tries * Math.random())
    }
  }
}

/**
 * Inserts documents, sorted by `_id`: bulks of two workers then lock in the same order. Tells the `_id`s of those that
 * were there already; those are left as they are.
 */
export async function insertNew<Doc extends Document & { _id: string }>(
  collection: Collection<Doc>,
  docs: readonly Doc[],
): Promise<Set<string>> {
  const known = new Set<string>()
  let left = docs.toSorted((a, b) => (a._id < b._id ? -1 : 1))
  for (let tries = 1; left.length > 0; tries++) {
    const failed = await tryInsert(collection, left)
    const again: Doc[] = []
    for (const { index, code } of failed) {
      const doc = left[index] as Doc
      if (code === duplicateKey) known.add(doc._id)
      else again.push(doc)
    }
    left = again
    if (left.length > 0 && tries === maxTries) throw new Error('documents could not be inserted')
  }
  return known
}

async function tryInsert<Doc extends Document>(
  collection: Collection<Doc>,
  docs: readonly Doc[],
): Promise<{ index: number; code: number }[]> {
  try {
    await insist(() => collection.insertMany(docs as OptionalUnlessRequiredId<Doc>[], { ordered: false }))
    return []
  } catch (error) {
    return failedWrites(error)
  }
}

/** The writes of an unordered bulk that failed with what may be expected; throws whatever else went wrong. */
export function failedWrites(error: unknown): { index: number; code: number }[] {
  if (!(error instanceof MongoBulkWriteError)) throw error
  const failed = Array.isArray(error.writeErrors) ? error.writeErrors : [error.writeErrors]
  if (failed.length === 0 || failed.some(({ code }) => code !== duplicateKey && !passing.has(Number(code)))) throw error
  return failed.map(({ index, code }) => ({ index, code: Number(code) }))
}

/** Reads documents by `_id`, in pieces. */
export async function findByIds<Doc extends Document & { _id: string }>(
  collection: Collection<Doc>,
  ids: Iterable<string>,
): Promise<Doc[]> {
  const found: Doc[] = []
  for (const piece of pieces([...ids]))
    found.push(...((await collection.find({ _id: { $in: piece } } as never).toArray()) as unknown as Doc[]))
  return found
}

export function* pieces<T>(items: readonly T[], size = pieceSize): Generator<T[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size)
}
