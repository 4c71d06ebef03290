import { type Collection, type Db, type Filter, type MongoClient, MongoError } from 'mongodb'
import type { Deps } from '../deps.ts'
import { BackendError } from '../errors.ts'
import { createClient } from '../store/mongodb/client.ts'
import { insist, isAway, isDuplicate } from '../store/mongodb/writing.ts'
import { checkList, checkPlace, type Draft, draftOf, isNew, pageOf } from './documents.ts'
import type { Directory, DirectoryDocument, ListOptions } from './port.ts'

interface Doc {
  /** `kind/id`; kinds have no slash. */
  _id: string
  kind: string
  id: string
  version: string
  /** JSON text: a document of the server would not take every name. */
  body: string
  /** `name=value`; names have no equals sign. */
  keys: string[]
  /** `kind/name=value`; left out when there is none, so that the sparse index passes the document by. */
  unique?: string[]
  expiresAt?: Date
}

const defaultDatabase = 'trailstitch'
/** The server removes what is over by its own clock, which may be ahead of ours. */
const slackS = 24 * 3_600

/**
 * The directory in the collection `directory` of a MongoDB database: `mongodb://host/database`, with the driver's own
 * options. Any number of processes. A server that is away fails calls with `unreachable`.
 */
export async function openMongoDirectory(url: string, deps: Deps): Promise<Directory> {
  let client = createClient(url)
  let ready: Promise<Collection<Doc>> | undefined
  let isClosed = false
  /** Set up at the first call, again after a failure: a client that could not connect is of no use any more. */
  const collection = (): Promise<Collection<Doc>> => {
    ready ??= setUp(client).catch(async (error: unknown) => {
      await client.close()
      client = createClient(url)
      ready = undefined
      throw error
    })
    return ready
  }
  const coded = async <T>(run: (docs: Collection<Doc>) => Promise<T>): Promise<T> => {
    if (isClosed) throw new BackendError('closed')
    try {
      const docs = await collection()
      return await insist(() => run(docs))
    } catch (error) {
      throw toBackendError(error)
    }
  }
  await coded(async () => undefined).catch((error: BackendError) => {
    if (!error.retryable) throw error
    deps.log.warn({ code: error.code, error: error.message }, 'the directory cannot be used yet')
  })
  return {
    ...createCalls(coded, () => new Date(deps.now())),
    async close() {
      isClosed = true
      await client.close()
    },
  }
}

type Coded = <T>(run: (docs: Collection<Doc>) => Promise<T>) => Promise<T>

function createCalls(coded: Coded, now: () => Date): Omit<Directory, 'close'> {
  const live = (): Filter<Doc> => ({ expiresAt: { $not: { $lte: now() } } })
  return {
    async read<Body extends object>(kind: string, id: string) {
      checkPlace(kind, id)
      const doc = await coded((docs) => docs.findOne({ _id: `${kind}/${id}`, ...live() }))
      return doc ? toDocument<Body>(doc) : undefined
    },
    async write(kind, id, body, options) {
      const draft = draftOf(kind, id, body, options)
      const doc = toDoc(kind, id, draft)
      await coded((docs) => makeWay(docs, doc, now()))
      const isWritten = await coded((docs) =>
        isNew(options) ? insert(docs, doc) : replace(docs, doc, { version: options.expected, ...live() }),
      )
      return isWritten ? draft.version : undefined
    },
    async list<Body extends object>(kind: string, options: ListOptions) {
      checkList(kind, options)
      const { by, after, limit, order = 'asc' } = options
      const filter: Filter<Doc> = {
        kind,
        ...(by && { keys: by.join('=') }),
        ...(after !== undefined && { id: order === 'asc' ? { $gt: after } : { $lt: after } }),
        ...live(),
      }
      const found = await coded((docs) =>
        docs
          .find(filter)
          .sort({ id: order === 'asc' ? 1 : -1 })
          .limit(limit + 1)
          .toArray(),
      )
      return pageOf(found.map(toDocument<Body>), limit)
    },
    async delete(kind, id, expected) {
      checkPlace(kind, id)
      const filter = { _id: `${kind}/${id}`, ...(expected !== undefined && { version: expected }), ...live() }
      return coded(async (docs) => (await docs.deleteOne(filter)).deletedCount === 1)
    },
  }
}

/** Making an index that is there is nothing to do for the server. */
async function setUp(client: MongoClient): Promise<Collection<Doc>> {
  const name = client.options.dbName === 'test' ? defaultDatabase : client.options.dbName
  const db: Db = client.db(name)
  await db.collection('directory').createIndexes([
    { name: 'by_id', key: { kind: 1, id: 1 } },
    { name: 'by_key', key: { kind: 1, keys: 1, id: 1 } },
    { name: 'unique', key: { unique: 1 }, unique: true, sparse: true },
    { name: 'expiry', key: { expiresAt: 1 }, expireAfterSeconds: slackS },
  ])
  return db.collection<Doc>('directory')
}

function toDoc(kind: string, id: string, { version, text, keys, expiresAt }: Draft): Doc {
  const unique = keys.filter(({ isUnique }) => isUnique).map(({ name, value }) => `${kind}/${name}=${value}`)
  return {
    _id: `${kind}/${id}`,
    kind,
    id,
    version,
    body: text,
    keys: keys.map(({ name, value }) => `${name}=${value}`),
    ...(unique.length > 0 && { unique }),
    ...(expiresAt !== null && { expiresAt: new Date(expiresAt) }),
  }
}

const toDocument = <Body extends object>({ id, version, body }: Doc): DirectoryDocument<Body> => ({
  id,
  version,
  body: JSON.parse(body) as Body,
})

/** Removes documents whose time is over and that hold an id or a unique key we want. */
async function makeWay(docs: Collection<Doc>, { _id, unique }: Doc, now: Date): Promise<void> {
  const inTheWay: Filter<Doc>[] = [{ _id }, ...(unique ? [{ unique: { $in: unique } }] : [])]
  for (const filter of inTheWay) await docs.deleteMany({ ...filter, expiresAt: { $lte: now } })
}

/** A write that is made again after its answer was lost finds its own document. */
async function insert(docs: Collection<Doc>, doc: Doc): Promise<boolean> {
  try {
    await docs.insertOne(doc)
    return true
  } catch (error) {
    if (!isDuplicate(error)) throw error
    return (await docs.findOne({ _id: doc._id }))?.version === doc.version
  }
}

async function replace(docs: Collection<Doc>, doc: Doc, at: Filter<Doc>): Promise<boolean> {
  try {
    if ((await docs.replaceOne({ ...at, _id: doc._id }, doc)).matchedCount === 1) return true
    return (await docs.findOne({ _id: doc._id }))?.version === doc.version
  } catch (error) {
    if (isDuplicate(error)) return false
    throw error
  }
}

/** Messages of the driver may hold host names, never passwords. */
function toBackendError(error: unknown): unknown {
  if (isAway(error) && error instanceof Error) return new BackendError('unreachable', error.message, { cause: error })
  if (error instanceof MongoError) return new BackendError('backend_failed', error.message, { cause: error })
  return error
}
