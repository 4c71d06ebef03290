import { setTimeout as sleep } from 'node:timers/promises'
import {
  type Collection,
  type Document,
  MongoBulkWriteError,
  MongoError,
  MongoNetworkError,
  MongoServerError,
  MongoServerSelectionError,
  type OptionalUnlessRequiredId,
} from 'mongodb'
import { BackendError } from '../../errors.ts'

const duplicateKey = 11000
/** What passes by itself: a write conflict, a primary that steps down, a server that starts. */
const passing = new Set([112, 91, 189, 10107, 11600, 11602, 13435, 13436, 262])
/** A server's word that a write may be made again, and the driver's that it was not sent: another one was cut off. */
const passingLabels = ['RetryableWriteError', 'PoolRequestedRetry']
/** Illegal operation, unknown command, option that is not valid, not implemented. */
const refusing = new Set([20, 59, 72, 238])
const maxTries = 8
/** Documents in one `$in`. */
const pieceSize = 500

/** By code and label, never by text: compatible servers word their errors in other ways. */
export const isDuplicate = (error: unknown): boolean => error instanceof MongoServerError && error.code === duplicateKey

function isPassing(error: unknown): boolean {
  if (error instanceof MongoServerError && passing.has(Number(error.code))) return true
  return error instanceof MongoError && passingLabels.some((label) => error.hasErrorLabel(label))
}

/** The server, or the way to it, is not there, or just not there for writes: the call is worth making again. */
export function isAway(error: unknown): boolean {
  // The driver hides what cuts off a bulk inside an error that looks like a server's answer.
  const cause: unknown = error instanceof MongoBulkWriteError ? error.errorResponse : error
  return cause instanceof MongoNetworkError || cause instanceof MongoServerSelectionError || isPassing(error)
}

/** The server does not do such a thing: it is too old, or a compatible one. */
export const isRefused = (error: unknown): boolean =>
  error instanceof MongoServerError && refusing.has(Number(error.code))

/** Does `work` again while it fails with what passes by itself. */
export async function insist<T>(work: () => Promise<T>, passes = isPassing): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work()
    } catch (error) {
      if (!passes(error) || tries === maxTries) throw error
      await sleep(5 * 2 ** tries * Math.random())
    }
  }
}

/** For upserts by `_id` alone: one of two that insert at once is refused as a duplicate, and finds the document next time. */
export const insistUpsert = <T>(work: () => Promise<T>): Promise<T> =>
  insist(work, (error) => isPassing(error) || isDuplicate(error))

/**
 * Makes an unordered bulk of writes, and again those of them that failed with what passes by itself. Gives those that were
 * refused because a document is there already.
 */
export async function writeAll<W>(writes: readonly W[], run: (left: readonly W[]) => Promise<unknown>): Promise<W[]> {
  const taken: W[] = []
  let left = writes
  for (let tries = 1; left.length > 0; tries++) {
    if (tries > maxTries) throw new BackendError('unreachable', 'Writes were refused again and again.')
    const tried = left
    const failed = await insist(() => run(tried)).then(() => [], failedWrites)
    const pick = (isTaken: boolean): W[] =>
      failed.filter(({ code }) => (code === duplicateKey) === isTaken).map(({ index }) => tried[index] as W)
    taken.push(...pick(true))
    left = pick(false)
  }
  return taken
}

/** The writes of an unordered bulk that failed with what may be expected; throws whatever else went wrong. */
function failedWrites(error: unknown): { index: number; code: number }[] {
  if (!(error instanceof MongoBulkWriteError)) throw error
  const failed = Array.isArray(error.writeErrors) ? error.writeErrors : [error.writeErrors]
  if (failed.length === 0 || failed.some(({ code }) => code !== duplicateKey && !passing.has(Number(code)))) throw error
  return failed.map(({ index, code }) => ({ index, code: Number(code) }))
}

/**
 * Inserts documents, sorted by `_id`: bulks of two workers then lock in the same order. Tells the `_id`s of those that
 * were there already; those are left as they are.
 */
export async function insertNew<Doc extends Document & { _id: string }>(
  collection: Collection<Doc>,
  docs: readonly Doc[],
): Promise<Set<string>> {
  const sorted = docs.toSorted((a, b) => (a._id < b._id ? -1 : 1))
  const known = await writeAll(sorted, (left) =>
    collection.insertMany(left as OptionalUnlessRequiredId<Doc>[], { ordered: false }),
  )
  return new Set(known.map(({ _id }) => _id))
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
