import type { StoredEvent } from '@trailstitch/protocol'
import type { Edge } from './port.ts'

/** What an alias or an operator's unlink says of identities; other events tie ids by carrying both. */
export function edgesOf(event: StoredEvent): Edge[] {
  const { type, userId, previousId, anonymousId, timestamp, messageId } = event
  if (userId === undefined || (type !== 'alias' && type !== 'unlink')) return []
  const at = [timestamp, messageId] as const
  const edges: Edge[] = []
  if (previousId !== undefined && previousId !== userId) {
    edges.push({ kind: type === 'alias' ? 'alias' : 'unlink', from: previousId, user: userId, at })
  }
  if (anonymousId !== undefined && anonymousId !== previousId) {
    edges.push({ kind: type === 'alias' ? 'link' : 'unlink', from: anonymousId, user: userId, at })
  }
  return edges
}

/** Events that only speak of identities: they open no session and say nothing of when a person was active. */
export const isEdgeEvent = (event: StoredEvent): boolean => event.type === 'alias' || event.type === 'unlink'
