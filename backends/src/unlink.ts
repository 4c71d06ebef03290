import { randomUUID } from 'node:crypto'

/** Two ids that are not the same person after all. `previousId`: the one that an alias merged into the user. */
export type Unlinking = { userId: string } & ({ anonymousId: string } | { previousId: string })

/**
 * Says that all ties of two ids up to a moment (ms since 1970) are void. To be sent as an operator's event; it has a
 * messageId, so that it counts once however often it is sent.
 */
export const unlinkEvent = (ids: Unlinking, at: number) => ({
  type: 'unlink',
  messageId: randomUUID(),
  timestamp: new Date(at).toISOString(),
  ...ids,
})
