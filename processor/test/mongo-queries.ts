import type { Document } from 'mongodb'
import type { MongoCommand } from './stitch/mongo-wire.ts'

/** What a command looks for, and in which order it wants it. */
export interface MongoQuery {
  collection: string
  filter: Document
  sort: Document | undefined
  /** It inserts what it does not find. */
  upsert: boolean
}

/** Everything a command looks for: reads, updates and deletes. Inserts and commands about the database look for nothing. */
export function queriesOf({ name, collection, body }: MongoCommand): MongoQuery[] {
  const query = (filter: Document, sort?: Document, upsert = false): MongoQuery => ({
    collection,
    filter,
    sort,
    upsert,
  })
  switch (name) {
    case 'find':
      return [query(body.filter, body.sort)]
    case 'aggregate':
      return [query(body.pipeline[0]?.$match ?? {})]
    case 'findAndModify':
      return [query(body.query, body.sort, body.upsert)]
    case 'update':
      return body.updates.map(({ q, upsert }: Document) => query(q, undefined, upsert))
    case 'delete':
      return body.deletes.map(({ q }: Document) => query(q))
    default:
      return []
  }
}

/** The query without its values, as text: what it names, and how. */
export const shapeOf = ({ collection, filter, sort }: MongoQuery): string =>
  `${collection}: ${describe(filter)}${sort ? ` by ${Object.keys(sort).join(', ')}` : ''}`

function describe(filter: Document): string {
  const fields = Object.entries(filter).map(([name, value]) => {
    if (name === '$or') return `(${[...new Set((value as Document[]).map(describe))].join(' | ')})`
    return isEquality(value) ? name : `${name} ${Object.keys(value as object).join(' ')}`
  })
  return fields.join(', ') || 'all'
}

/** `{ a: 1 }` and `{ a: { $in: [1, 2] } }` lead to places in an index, other conditions to ranges of it. */
function isEquality(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || value instanceof Date) return true
  const operators = Object.keys(value)
  return operators.length === 1 && operators[0] === '$in'
}

/** The fields that a filter names by equality, in all of its alternatives. */
export function equalitiesOf(filter: Document): Set<string> {
  const [first, ...others] = alternativesOf(filter)
  return new Set([...(first?.equal ?? [])].filter((name) => others.every(({ equal }) => equal.has(name))))
}

interface Alternative {
  equal: Set<string>
  ranges: Set<string>
}

function alternativesOf({ $or, ...fields }: Document): Alternative[] {
  return ((($or as Document[] | undefined) ?? [{}]) as Document[]).map((own) => {
    const named = Object.entries({ ...fields, ...own })
    const equal = new Set(named.filter(([, value]) => isEquality(value)).map(([name]) => name))
    return { equal, ranges: new Set(named.flatMap(([name]) => (equal.has(name) ? [] : [name]))) }
  })
}

/**
 * Whether an index leads to what the query looks for, and to little more: its first keys are all fields named by equality
 * (but for the project, which narrows little), and the next one is a range that is asked for, if there is any.
 */
export const isServedBy = ({ filter, sort }: MongoQuery, keys: readonly string[]): boolean =>
  alternativesOf(filter).some((alternative) => leadsTo(alternative, keys, sort))

/** Whether every alternative has an index that leads to it. */
export const isServed = ({ filter, sort }: MongoQuery, indexes: readonly (readonly string[])[]): boolean =>
  alternativesOf(filter).every((alternative) => indexes.some((keys) => leadsTo(alternative, keys, sort)))

function leadsTo({ equal, ranges }: Alternative, keys: readonly string[], sort: Document | undefined): boolean {
  if (keys[0] === '_id') return equal.has('_id')
  const end = keys.findIndex((key) => !equal.has(key))
  const prefix = new Set(end === -1 ? keys : keys.slice(0, end))
  if (equal.size > 0 && prefix.size === 0) return false
  if (![...equal].every((name) => name === 'p' || prefix.has(name))) return false
  const next = keys[prefix.size]
  const asked = [...ranges].filter((name) => name !== '_id')
  if (asked.length > 0) return next !== undefined && ranges.has(next)
  return equal.size > 0 || (sort !== undefined && Object.keys(sort)[0] === next)
}
