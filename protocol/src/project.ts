import { type Static, Type } from 'typebox'
import { type Condition, type Field, fields, type operators } from './analysis.ts'
import { limits } from './limits.ts'

/** Operators that can be turned round: what a rule leaves out is what does not meet the other one. */
export const excludeOperators = ['is', 'is_not', 'contains', 'contains_not', 'set', 'not_set'] as const

export const excludeConditionSchema = Type.Object(
  {
    field: Type.Unsafe<Field>({
      type: 'string',
      maxLength: 120,
      pattern: `^(${fields.join('|')}|(properties|traits)\\..+)$`,
    }),
    operator: Type.Enum([...excludeOperators]),
    values: Type.Optional(
      Type.Array(Type.Union([Type.String({ minLength: 1, maxLength: 120 }), Type.Number(), Type.Boolean()]), {
        maxItems: 20,
      }),
    ),
  },
  { additionalProperties: false },
)

/** A project has to fit into one document of the directory. */
export const projectLimits = Object.freeze({
  maxWriteKeys: 20,
  maxOrigins: 50,
  maxExcludes: 20,
})

/** An origin as browsers send it. */
export const originPattern = '^https?://[^/\\s?#@]{1,255}$'

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
    /** Its events were made up to look around with; it is there to be removed again. */
    isDemo: Type.Optional(Type.Boolean()),
    writeKeyEnds: Type.Optional(Type.Record(Type.String(), Type.Integer())),
    allowedOrigins: Type.Optional(
      Type.Array(Type.String({ pattern: originPattern }), { maxItems: projectLimits.maxOrigins }),
    ),
    exclude: Type.Optional(
      Type.Array(
        Type.Object({
          id: Type.String(),
          name: Type.String(),
          condition: excludeConditionSchema,
          madeBy: Type.String(),
          madeAt: Type.Integer(),
        }),
        { maxItems: projectLimits.maxExcludes },
      ),
    ),
  },
  { additionalProperties: false },
)

/** A rule of a project: events that meet its condition count in no report. They stay stored, and removing it undoes it. */
export interface Exclude {
  id: string
  /** What people call it. */
  name: string
  /** With one of {@link excludeOperators}. */
  condition: Condition
  /** Who made it: an e-mail address, the name of a key, or `operator`. */
  madeBy: string
  /** ms since 1970. */
  madeAt: number
}

/** A project: what one team looks at. Keys belong to projects and can only write. */
export interface Project extends Omit<Static<typeof projectSchema>, 'exclude'> {
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
  /** IANA name of the zone that reports begin with. Default: that of the browser. */
  timeZone?: string
  /** Since when keys of `writeKeys` are refused, ms since 1970, by key. Default: they have no end. */
  writeKeyEnds?: Record<string, number>
  /**
   * Origins whose pages may send, such as `https://shop.example`. Default: all. What names no origin, such as a server,
   * may send in any case: this keeps copied snippets out, not forgers.
   */
  allowedOrigins?: string[]
  /** What counts in no report, at most 20 rules. Default: everything counts. */
  exclude?: Exclude[]
}

/** The condition of what a rule leaves in. */
export function negate({ field, operator, values }: Condition): Condition {
  return { field, operator: opposites[operator as keyof typeof opposites], ...(values && { values }) }
}

const opposites = {
  is: 'is_not',
  is_not: 'is',
  contains: 'contains_not',
  contains_not: 'contains',
  set: 'not_set',
  not_set: 'set',
} as const satisfies Record<(typeof excludeOperators)[number], (typeof operators)[number]>

/** The projects a service knows, found by id or by key. */
export interface Projects {
  all(): readonly Project[]
  byId(id: string): Project | undefined
  /** A key whose end has come by `now` (ms since 1970) belongs to no project. */
  byKey(writeKey: string, now: number): Project | undefined
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
  return {
    all: () => list,
    byId: (id) => ids.get(id),
    byKey(key, now) {
      const project = keys.get(key)
      return project && now < endOfKey(project, key) ? project : undefined
    },
    replace,
  }
}

/** When a key stops working, ms since 1970; infinity for one without an end. */
export const endOfKey = ({ writeKeyEnds = {} }: Project, key: string): number =>
  Object.hasOwn(writeKeyEnds, key) ? (writeKeyEnds[key] ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY
