import { setTimeout as sleep } from 'node:timers/promises'

const lookMs = 25

/**
 * Asks again and again until the answer is neither false nor undefined, and gives it. For other processes, whose clock
 * nobody holds. Rejects after `withinMs` with `what` was waited for and the last failure; failures before are forgiven.
 */
export async function until<T>(what: string, withinMs: number, ask: () => Promise<T | false | undefined>): Promise<T> {
  const giveUpAt = performance.now() + withinMs
  let failure: unknown
  for (;;) {
    try {
      const answer = await ask()
      if (answer !== false && answer !== undefined) return answer
    } catch (error) {
      failure = error
    }
    if (performance.now() > giveUpAt) throw new Error(`not within ${withinMs} ms: ${what}`, { cause: failure })
    await sleep(lookMs)
  }
}
