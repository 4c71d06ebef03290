import { type Static, Type } from 'typebox'
import { limits } from './limits.ts'

export const projectSchema = Type.Object(
  {
    /** Lower-case letters, digits and dashes; never changes. */
    id: Type.String({ pattern: '^[a-z0-9-]{1,64}$' }),
    name: Type.String(),
    /** Several at once allow a rotation with overlap. */
    writeKeys: Type.Array(Type.String({ minLength: 1, maxLength: limits.maxWriteKeyLength }), { minItems: 1 }),
    ipPolicy: Type.Optional(Type.Enum(['full', 'truncated', 'none'])),
    retentionDays: Type.Optional(Type.Integer({ minimum: 1, maximum: 36_500 })),
    timeZone: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
  },
  { additionalProperties: false },
)

/** A project: what one team looks at. Keys belong to projects and can only write. */
export interface Project extends Static<typeof projectSchema> {
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
  /** IANA name of the zone that reports begin with. Default UTC. */
  timeZone?: string
}

/** The projects a service knows, found by id or by key. */
export interface Projects {
  all(): readonly Project[]
  byId(id: string): Project | undefined
  byKey(writeKey: string): Project | undefined
}

/** Whoever holds it sees from then on what it was last told. */
export interface LiveProjects extends Projects {
  replace(list: readonly Project[]): void
}

export function createProjects(first: readonly Project[]): LiveProjects {
  let list = first
  let ids = new Map<string, Project>()
  let keys = new Map<string, Project>()
  const replace = (next: readonly Project[]): void => {
    list = next
    ids = new Map(next.map((project) => [project.id, project]))
    keys = new Map(next.flatMap((project) => project.writeKeys.map((key) => [key, project] as const)))
  }
  replace(first)
  return { all: () => list, byId: (id) => ids.get(id), byKey: (key) => keys.get(key), replace }
}
