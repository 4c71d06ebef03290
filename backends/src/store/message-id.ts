/** The messageId that an event set aside came with; undefined where it cannot be read. */
export function messageIdIn(body: string): string | undefined {
  try {
    const event = JSON.parse(body) as { messageId?: unknown } | null
    return typeof event?.messageId === 'string' ? event.messageId : undefined
  } catch {
    return undefined
  }
}

/** How many rejected events of one messageId are told of. */
export const maxRejectedOfOne = 20
