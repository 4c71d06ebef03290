import type { DatabaseSync } from 'node:sqlite'

/**
 * The people that visitors and users belong to, kept from one query to the next: 8 bytes an entity, for the parts of the
 * table that are asked about. The table `moves` tells which ones have changed since.
 */
export interface Ownership {
  /** Takes up what has changed. Call at the beginning of each transaction that asks. */
  refresh(): void
  /** The entity that the person is kept under; 0 for a visitor that has had several users. Of any entity but 0. */
  personOf(entity: number): number
  /** The same of many entities at once, in their order: quick where they ascend. Good until the next call. */
  peopleOf(entities: Uint32Array): Uint32Array
}

/** Entities a page, as a power of two. */
const pageBits = 12
const pageSize = 1 << pageBits
/** In the place of an owner: it has had several. No entity has this number. */
const several = 0xffff_ffff

/** 0: not known yet. */
interface Page {
  owner: Uint32Array
  root: Uint32Array
  /** What follows from both, here and elsewhere; {@link several} of a visitor with several users. */
  person: Uint32Array
}

/** The whole row is in the index, so that a page of it is read without the states. */
const columns = 'SELECT id, runs, owner, root FROM entities INDEXED BY entities_hands'
type Row = [id: number, runs: number, owner: number | null, root: number | null]

/** What is known, a page of the table at a time. */
function createPages(db: DatabaseSync) {
  const selectPage = db.prepare(`${columns} WHERE id >= ? AND id < ?`)
  const selectRow = db.prepare(`${columns} WHERE id = ?`)
  // A page is read when somebody waits: an array a row, all at once, takes a quarter of the time.
  selectPage.setReturnArrays(true)
  selectRow.setReturnArrays(true)
  let pages: (Page | undefined)[] = []

  const put = (page: Page, [id, runs, owner, root]: Row): void => {
    const place = id & (pageSize - 1)
    page.owner[place] = runs > 1 ? several : (owner ?? id)
    page.root[place] = root ?? id
    page.person[place] = 0
  }
  /** False: others may belong to somebody else through it. */
  const read = (page: Page, entity: number): boolean => {
    const place = entity & (pageSize - 1)
    const before = page.root[place]
    const row = selectRow.get(entity) as unknown as Row | undefined
    if (row) put(page, row)
    else page.owner[place] = page.person[place] = 0
    return before === page.root[place]
  }
  const load = (number: number): Page => {
    const page = {
      owner: new Uint32Array(pageSize),
      root: new Uint32Array(pageSize),
      person: new Uint32Array(pageSize),
    }
    pages[number] = page
    for (const row of selectPage.all(number * pageSize, (number + 1) * pageSize)) put(page, row as unknown as Row)
    return page
  }
  /** The page with what is known of an entity. One that was not there when its page was read is read by itself. */
  const pageOf = (entity: number): Page => {
    const page = pages[entity >>> pageBits] ?? load(entity >>> pageBits)
    if (page.owner[entity & (pageSize - 1)] === 0) read(page, entity)
    return page
  }
  return {
    read,
    /** With what is known of these 4,096 entities, or undefined. */
    known: (number: number): Page | undefined => pages[number],
    load,
    pageOf,
    all: (): readonly (Page | undefined)[] => pages,
    reset() {
      pages = []
    },
  }
}

export function createOwnership(db: DatabaseSync): Ownership {
  const pages = createPages(db)
  const selectLast = db.prepare('SELECT max(seq) AS seq FROM moves')
  const selectMoves = db.prepare('SELECT DISTINCT entity FROM moves WHERE seq > ?')
  const countMoves = db.prepare('SELECT count(*) AS n FROM moves WHERE seq > ?')
  let seen: number | undefined
  /** Used again for each answer. */
  let people = new Uint32Array(4_096)

  const resolve = (entity: number): number => {
    const page = pages.pageOf(entity)
    const owner = page.owner[entity & (pageSize - 1)] as number
    const person = owner === several ? several : (pages.pageOf(owner).root[owner & (pageSize - 1)] as number) || owner
    page.person[entity & (pageSize - 1)] = person
    return person
  }
  const personOf = (entity: number): number => {
    const known = pages.known(entity >>> pageBits)?.person[entity & (pageSize - 1)] || resolve(entity)
    return known === several ? 0 : known
  }
  const catchUp = (since: number): void => {
    let isSame = true
    for (const { entity } of selectMoves.iterate(since) as Iterable<{ entity: number }>) {
      const page = pages.known(entity >>> pageBits)
      if (page && !pages.read(page, entity)) isSame = false
    }
    if (!isSame) for (const page of pages.all()) page?.person.fill(0)
  }
  return {
    refresh() {
      const last = (selectLast.get()?.seq as number | null) ?? 0
      if (seen === last) return
      // Moves that are too old to be kept count as all.
      if (seen === undefined || Number(countMoves.get(seen)?.n) !== last - seen) pages.reset()
      else catchUp(seen)
      seen = last
    },
    personOf,
    peopleOf(entities) {
      if (entities.length > people.length) people = new Uint32Array(entities.length * 2)
      for (let index = 0; index < entities.length; ) {
        const number = (entities[index] as number) >>> pageBits
        const { person } = pages.known(number) ?? pages.load(number)
        for (; index < entities.length; index++) {
          const entity = entities[index] as number
          if (entity >>> pageBits !== number) break
          const known = person[entity & (pageSize - 1)] as number
          people[index] = known === several ? 0 : known || personOf(entity)
        }
      }
      return people.subarray(0, entities.length)
    },
  }
}

/** So many are kept for readers that have not looked for a while. */
const keptMoves = 100_000

/** Lets go of moves that nearly every reader has seen. */
export const createMovesExpiry = (db: DatabaseSync): (() => void) => {
  const remove = db.prepare('DELETE FROM moves WHERE seq <= (SELECT max(seq) FROM moves) - ?')
  return () => void remove.run(keptMoves)
}
