import { type Static, type TSchema, Type } from 'typebox'
import type {
  AliasEvent,
  BatchBody,
  Context,
  EventCommon,
  GroupEvent,
  IdentifyEvent,
  PageEvent,
  ScreenEvent,
  TrackEvent,
} from './events.ts'
import { limits } from './limits.ts'

const text = Type.String()
const optionalText = Type.Optional(text)
const object = Type.Record(Type.String(), Type.Unknown())
/** Old clients send null for what they leave out. */
const orNull = <T extends TSchema>(schema: T) => Type.Optional(Type.Union([schema, Type.Null()]))
const id = Type.Union([Type.String({ minLength: 1, maxLength: limits.maxIdLength }), Type.Number()])
const looseId = orNull(Type.Union([Type.String({ maxLength: limits.maxIdLength }), Type.Number()]))
const time = Type.Union([Type.String({ maxLength: 64 }), Type.Number()])
const name = orNull(Type.String({ maxLength: limits.maxNameLength }))

/**
 * `context` is data about the client, not a promise of it: old and foreign clients put odd things there, so a field of
 * another type than listed is kept as it is and merely not used. The shape below documents the fields that are.
 */
export const contextShape = Type.Partial(
  Type.Object({
    active: Type.Boolean(),
    app: Type.Partial(Type.Object({ name: text, version: text, build: text, namespace: text })),
    campaign: Type.Partial(
      Type.Object({ name: text, source: text, medium: text, term: text, content: text, id: text }),
    ),
    channel: text,
    device: Type.Partial(
      Type.Object({
        id: text,
        advertisingId: text,
        adTrackingEnabled: Type.Boolean(),
        manufacturer: text,
        model: text,
        name: text,
        type: text,
        version: text,
      }),
    ),
    direct: Type.Boolean(),
    groupId: id,
    ip: text,
    library: Type.Partial(Type.Object({ name: text, version: text })),
    locale: text,
    network: Type.Partial(
      Type.Object({ bluetooth: Type.Boolean(), carrier: text, cellular: Type.Boolean(), wifi: Type.Boolean() }),
    ),
    os: Type.Partial(Type.Object({ name: text, version: text })),
    page: Type.Partial(Type.Object({ path: text, referrer: text, search: text, title: text, url: text })),
    referrer: Type.Partial(Type.Object({ type: text, name: text, url: text, link: text })),
    screen: Type.Partial(Type.Object({ density: Type.Number(), height: Type.Number(), width: Type.Number() })),
    timezone: text,
    traits: object,
    userAgent: text,
    userAgentData: object,
  }),
)

const common = {
  anonymousId: looseId,
  userId: looseId,
  messageId: orNull(Type.String({ minLength: 1, maxLength: limits.maxMessageIdLength })),
  timestamp: orNull(time),
  originalTimestamp: orNull(time),
  sentAt: orNull(time),
  context: orNull(object),
  integrations: orNull(object),
  version: orNull(Type.Union([text, Type.Number()])),
}

const properties = orNull(object)
const traits = orNull(object)

export const trackSchema = Type.Object({
  ...common,
  type: Type.Literal('track'),
  event: Type.String({ minLength: 1, maxLength: limits.maxNameLength }),
  properties,
})
export const identifySchema = Type.Object({ ...common, type: Type.Literal('identify'), traits })
export const pageSchema = Type.Object({ ...common, type: Type.Literal('page'), name, category: name, properties })
export const screenSchema = Type.Object({ ...common, type: Type.Literal('screen'), name, category: name, properties })
export const groupSchema = Type.Object({ ...common, type: Type.Literal('group'), groupId: id, traits })
export const aliasSchema = Type.Object({ ...common, type: Type.Literal('alias'), previousId: id, userId: id })

/** The schema of each event type. Unknown fields are allowed and kept. */
export const eventSchemas = {
  track: trackSchema,
  identify: identifySchema,
  page: pageSchema,
  screen: screenSchema,
  group: groupSchema,
  alias: aliasSchema,
} satisfies Record<string, TSchema>

export const batchSchema = Type.Object({
  batch: Type.Array(Type.Unknown(), { maxItems: limits.maxBatchEvents }),
  context: Type.Optional(object),
  integrations: Type.Optional(object),
  sentAt: Type.Optional(time),
  writeKey: optionalText,
})

/**
 * The hand-written types and the schemas describe the same thing: every value of the type passes the schema.
 * (`context` and the JSON bags are wider in the schema, see {@link contextShape}.)
 */
type Accepts<Wide, Narrow extends Wide> = Narrow
type Bags = 'context' | 'integrations' | 'properties' | 'traits'
export type SchemaProof = [
  Accepts<Static<typeof contextShape>, Context>,
  Accepts<Omit<Static<typeof trackSchema>, Bags>, Omit<TrackEvent, Bags>>,
  Accepts<Omit<Static<typeof identifySchema>, Bags>, Omit<IdentifyEvent, Bags>>,
  Accepts<Omit<Static<typeof pageSchema>, Bags>, Omit<PageEvent, Bags>>,
  Accepts<Omit<Static<typeof screenSchema>, Bags>, Omit<ScreenEvent, Bags>>,
  Accepts<Omit<Static<typeof groupSchema>, Bags>, Omit<GroupEvent, Bags>>,
  Accepts<Omit<Static<typeof aliasSchema>, Bags>, Omit<AliasEvent, Bags>>,
  Accepts<Omit<Static<typeof batchSchema>, Bags | 'batch'>, Omit<BatchBody, Bags | 'batch'>>,
]
/** Field names of the common part, the same in type and schema. */
export const commonFields = Object.keys(common) as (keyof typeof common)[] satisfies (keyof EventCommon)[]
