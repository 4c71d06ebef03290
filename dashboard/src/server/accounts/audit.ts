import type { Deps, Directory, DirectoryPage } from '@trailstitch/backends'
import { digest, randomText } from './secrets.ts'

const kind = 'audit'
const dayMs = 24 * 3_600_000
/** How long entries are kept. */
export const auditMs = 400 * dayMs
/** Reads of the same by the same are one entry in so long. */
export const readWindowMs = 10 * 60_000

export interface AuditEntry {
  project: string
  /** ms since 1970. */
  at: number
  /** `account`, `api-key`, `admin-token` or `share`; `id` and `name` of all but the token. */
  who: { kind: string; id?: string; name?: string }
  action: string
  /** What it was done to: an id of a person, member, key … */
  object: string
  /** What there is to say beside that. */
  detail?: string
  address: string
}

export interface Audit {
  note(entry: Omit<AuditEntry, 'at'>): Promise<void>
  /** As `note`, but once in 10 minutes for the same reader and object. Whoever looks at a page again is no news. */
  noteRead(entry: Omit<AuditEntry, 'at'>): Promise<void>
  /**
   * Newest first. With `matches` those that do; it looks through 5,000 entries at most, so that a page may hold fewer than
   * `limit`, or none, and still have a next one.
   */
  list(
    project: string,
    options: { limit: number; after?: string; matches?: (entry: AuditEntry) => boolean },
  ): Promise<{
    items: { id: string; body: AuditEntry }[]
    nextCursor: string | null
  }>
}

export function createAudit(directory: Directory, { now }: Pick<Deps, 'now'>): Audit {
  // Ids sort by time, and are the cursors of the list.
  const idOf = (at: number, rest: string): string => `${String(at).padStart(15, '0')}-${rest}`
  const write = async (id: string, entry: Omit<AuditEntry, 'at'>): Promise<void> => {
    const options = { expected: 'new', keys: { project: entry.project }, expiresAt: now() + auditMs }
    await directory.write(kind, id, { ...entry, at: now() }, options)
  }
  return {
    note: (entry) => write(idOf(now(), randomText(9)), entry),
    noteRead(entry) {
      const { project, who, action, object } = entry
      const window = Math.floor(now() / readWindowMs) * readWindowMs
      // The id is the memory of it: a second entry of the window is refused as one that is not new.
      return write(idOf(window, digest(JSON.stringify([project, who.kind, who.id, action, object]))), entry)
    },
    async list(project, { limit, after, matches = () => true }) {
      const items: { id: string; body: AuditEntry }[] = []
      let cursor: string | null | undefined = after
      for (let pages = 0; pages < maxPages; pages++) {
        const page: DirectoryPage<AuditEntry> = await directory.list<AuditEntry>(kind, {
          by: ['project', project],
          order: 'desc',
          limit: Math.max(limit, pageSize),
          ...(cursor !== undefined && { after: cursor }),
        })
        for (const [index, item] of page.items.entries()) {
          if (matches(item.body)) items.push(item)
          const isLast = page.nextCursor === null && index === page.items.length - 1
          if (items.length === limit) return { items, nextCursor: isLast ? null : item.id }
        }
        cursor = page.nextCursor
        if (cursor === null) return { items, nextCursor: null }
      }
      return { items, nextCursor: cursor ?? null }
    },
  }
}

const pageSize = 500
const maxPages = 10

export const auditKinds = ['changes', 'reads', 'sign-ins'] as const

/** What sort of thing an action is. */
export function kindOfAction(action: string): (typeof auditKinds)[number] {
  if (/\.(read|searched|opened|exported)$/.test(action)) return 'reads'
  return /^(sessions?|password|second-factor)\./.test(action) ? 'sign-ins' : 'changes'
}

/** Whether a text, in any case, is part of who did what to whom. */
export function mentions({ who, action, object, detail = '' }: AuditEntry, text: string): boolean {
  const words = [who.name ?? who.kind, action, object, detail].join('\n').toLowerCase()
  return words.includes(text.toLowerCase())
}
