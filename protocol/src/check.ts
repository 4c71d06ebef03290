import { Compile } from 'typebox/compile'
import type { ErrorCode } from './errors.ts'
import { type EventType, eventTypes } from './events.ts'
import { limits } from './limits.ts'
import { eventSchemas } from './schema.ts'

const validators: Record<string, { Check(value: unknown): boolean }> = Object.fromEntries(
  eventTypes.map((type) => [type, Compile(eventSchemas[type])]),
)

/** How the text of the body was written, known once per body, which spares work per event. */
export interface TextFacts {
  /** The body holds `\u` escapes, the only way U+0000 and half surrogate pairs get into valid UTF-8 JSON. */
  escapes: boolean
  /** Size of the whole body in bytes; when it is within one event's limit no event needs measuring. */
  bytes: number
}

type Fields = Record<string, unknown>

/**
 * Says why an event can't be taken, or undefined when it can. The schemas decide; this names the reason.
 * `value` is what `JSON.parse` gave, with `type` filled in from the route.
 */
export function checkEvent(value: unknown, facts: TextFacts): ErrorCode | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'invalid_event'
  const event = value as Fields
  const shapeProblem = checkTree(event, facts)
  if (shapeProblem) return shapeProblem
  const type = event.type
  if (typeof type !== 'string' || !Object.hasOwn(validators, type)) return 'unknown_type'
  if (!validators[type]?.Check(event)) return diagnose(event, type as EventType)
  if (!hasId(event.userId) && !hasId(event.anonymousId)) return 'no_user_anon_id'
  if (type === 'alias' && !hasId(event.previousId)) return 'missing_previous_id'
  for (const field of timeFields) if (!isTime(event[field])) return 'invalid_timestamp'
  return undefined
}

const timeFields = ['timestamp', 'originalTimestamp', 'sentAt'] as const
const forbiddenKeys = new Set(['__proto__', 'constructor', 'prototype'])

const hasId = (value: unknown): boolean =>
  (typeof value === 'string' && value.trim() !== '') || typeof value === 'number'

/** Undefined is fine here: every time is optional. */
function isTime(value: unknown): boolean {
  if (value === undefined || value === null) return true
  if (typeof value === 'number') return Number.isFinite(value) && Math.abs(value) <= 8.64e15
  return !Number.isNaN(Date.parse(value as string))
}

interface Walk {
  escapes: boolean
  keys: number
  characters: number
}

/** Depth, keys, characters, numbers and size: what holds for any JSON, whatever the event's type. */
function checkTree(event: Fields, facts: TextFacts): ErrorCode | undefined {
  const walk: Walk = { escapes: facts.escapes, keys: 0, characters: 0 }
  const problem = walkValue(event, 1, walk)
  if (problem) return problem
  // A UTF-16 unit is at most 3 bytes of UTF-8, or 6 when escaped, so most events are known to fit without being measured.
  const bytesPerUnit = facts.escapes ? 6 : 3
  if (facts.bytes > limits.maxEventBytes && walk.characters * bytesPerUnit > limits.maxEventBytes) {
    if (Buffer.byteLength(JSON.stringify(event)) > limits.maxEventBytes) return 'event_too_large'
  }
  return undefined
}

function walkValue(value: unknown, depth: number, walk: Walk): ErrorCode | undefined {
  if (typeof value === 'string') {
    walk.characters += value.length + 2
    return walk.escapes ? checkText(value) : undefined
  }
  if (typeof value === 'number') {
    walk.characters += 20
    return Number.isFinite(value) ? undefined : 'number_out_of_range'
  }
  if (typeof value !== 'object' || value === null) {
    walk.characters += 5
    return undefined
  }
  if (depth > limits.maxDepth) return 'too_deep'
  walk.characters += 3 // brackets and a comma
  if (Array.isArray(value)) {
    walk.keys += value.length
    if (walk.keys > limits.maxKeys) return 'too_many_keys'
    for (const item of value) {
      const problem = walkValue(item, depth + 1, walk)
      if (problem) return problem
    }
    return undefined
  }
  return walkObject(value as Fields, depth, walk)
}

function walkObject(object: Fields, depth: number, walk: Walk): ErrorCode | undefined {
  for (const key in object) {
    if (++walk.keys > limits.maxKeys) return 'too_many_keys'
    walk.characters += key.length + 4
    if (key.charCodeAt(0) === 36 || forbiddenKeys.has(key)) return 'forbidden_key'
    if (walk.escapes && checkText(key)) return 'forbidden_character'
    const problem = walkValue(object[key], depth + 1, walk)
    if (problem) return problem
  }
  return undefined
}

const checkText = (text: string): ErrorCode | undefined =>
  text.includes('\0') || !text.isWellFormed() ? 'forbidden_character' : undefined

/** Or null, which is as good as absent. */
const isObject = (value: unknown): boolean => typeof value === 'object' && !Array.isArray(value)
const isTextUpTo = (value: unknown, max: number): boolean => typeof value === 'string' && value.length <= max

/** The schema said no: find the field that is to blame. */
function diagnose(event: Fields, type: EventType): ErrorCode {
  if (type === 'track' && !(isTextUpTo(event.event, limits.maxNameLength) && event.event !== ''))
    return 'missing_event_name'
  if (type === 'group' && !hasId(event.groupId)) return 'missing_group_id'
  if (type === 'alias' && !hasId(event.previousId)) return 'missing_previous_id'
  if (type === 'alias' && !hasId(event.userId)) return 'missing_user_id'
  for (const field of ['anonymousId', 'userId', 'previousId', 'groupId']) {
    const id = event[field]
    if (id !== undefined && id !== null && typeof id !== 'number' && !isTextUpTo(id, limits.maxIdLength))
      return 'invalid_id'
  }
  const messageId = event.messageId
  if (
    messageId !== undefined &&
    messageId !== null &&
    !(isTextUpTo(messageId, limits.maxMessageIdLength) && messageId !== '')
  )
    return 'invalid_message_id'
  for (const field of ['properties', 'traits', 'context', 'integrations'] as const) {
    if (event[field] !== undefined && !isObject(event[field])) return `invalid_${field}`
  }
  for (const field of timeFields) {
    const time = event[field]
    if (time !== undefined && time !== null && typeof time !== 'number' && !isTextUpTo(time, 64))
      return 'invalid_timestamp'
  }
  if (type === 'page' || type === 'screen') return 'invalid_name'
  return 'invalid_event'
}
