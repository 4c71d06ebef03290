import type { StoredEvent } from '@trailstitch/protocol'
import { digest, type EntityKind, entityKey } from '../identity.ts'

/** An entity's `_id`: its profileId without `p_`. */
export const entityId = (project: string, kind: EntityKind, name: string): string =>
  entityKey(project, kind, name).toString('base64url')

/** Whose timeline the event lies in: its visitor's, else its user's, else nobody's. */
export function entityOf({ project, anonymousId, userId }: StoredEvent): string | null {
  if (anonymousId !== undefined) return entityId(project, 'visitor', anonymousId)
  return userId === undefined ? null : entityId(project, 'user', userId)
}

export const claimKey = ({ project, messageId }: StoredEvent): string =>
  digest(project, messageId).toString('base64url')

export const chunkName = ({ collector, seq }: { collector: string; seq: number }): string => `${collector}:${seq}`

/**
 * Names an event for good. Its chunk is in it: a messageId that was forgotten and comes again is another event, a chunk
 * that is redelivered gives the same one. The time of receipt comes first, so that new keys lie side by side.
 */
export const eventKey = (event: Pick<StoredEvent, 'project' | 'messageId' | 'receivedAt'>, chunk: string): string =>
  event.receivedAt.toString(36).padStart(9, '0') +
  digest(event.project, event.messageId, chunk).toString('base64url').slice(0, 16)

/** When the event of a key was received, ms. */
export const receiptOf = (key: string): number => Number.parseInt(key.slice(0, 9), 36)

/** Names a row of the rollups. */
export const rollupKey = (project: string, bot: number, dimension: string, hour: number, value: string): string =>
  digest(project, bot, dimension, hour, value).toString('base64url')
