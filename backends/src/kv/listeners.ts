import type { Log } from '../deps.ts'

export type OnText = (text: string) => void

/** Who listens on which channel, within one handle. */
export interface Listeners {
  /** Returns what removes it again. The same function may be added more than once. */
  add(channel: string, onText: OnText): () => void
  channels(): string[]
  has(channel: string): boolean
  /** Calls all listeners of the channel. One that throws is logged, and the others are called all the same. */
  deliver(channel: string, text: string): void
  clear(): void
}

export function createListeners(log: Log): Listeners {
  const byChannel = new Map<string, Set<{ onText: OnText }>>()
  return {
    add(channel, onText) {
      const listener = { onText }
      const listeners = byChannel.get(channel) ?? new Set()
      byChannel.set(channel, listeners.add(listener))
      return () => {
        listeners.delete(listener)
        if (listeners.size === 0 && byChannel.get(channel) === listeners) byChannel.delete(channel)
      }
    },
    channels: () => [...byChannel.keys()],
    has: (channel) => byChannel.has(channel),
    deliver(channel, text) {
      for (const { onText } of byChannel.get(channel) ?? []) {
        try {
          onText(text)
        } catch (error) {
          log.error({ err: error, channel }, 'a subscriber failed')
        }
      }
    },
    clear: () => byChannel.clear(),
  }
}
