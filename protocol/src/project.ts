/** A project: what one team looks at. Keys belong to projects and can only write. */
export interface Project {
  /** Lower-case letters, digits and dashes; never changes. */
  id: string
  name: string
  /** Several at once allow a rotation with overlap. */
  writeKeys: string[]
  /**
   * What is kept of a visitor's IP address: `full`, `truncated` (last octet of IPv4, last 80 bits of IPv6 set to zero;
   * the default) or `none`. Applied before an event is stored; country lookup happens first, on the full address.
   */
  ipPolicy?: 'full' | 'truncated' | 'none'
  /**
   * How many days events, sessions and rejected events are kept, 1 to 36,500. Default: for ever. Figures, people with their
   * traits and links, and the ledger outlive them.
   */
  retentionDays?: number
}

/** The projects a service knows, found by id or by key. */
export interface Projects {
  all(): readonly Project[]
  byId(id: string): Project | undefined
  byKey(writeKey: string): Project | undefined
}

export function createProjects(list: readonly Project[]): Projects {
  const ids = new Map(list.map((project) => [project.id, project]))
  const keys = new Map(list.flatMap((project) => project.writeKeys.map((key) => [key, project] as const)))
  return { all: () => list, byId: (id) => ids.get(id), byKey: (key) => keys.get(key) }
}
