import { drawLatency } from '../world/call.ts'
import type { Cast, Request } from './cast.ts'

/** How long a client waits for an answer. */
const patienceMs = 30_000

/** Sends a request to any collector. Resolves with whether a yes was heard; silence is a no. */
export function post(cast: Cast, request: Request): Promise<boolean> {
  const { world, collectors } = cast
  const { schedule, random, faults } = world
  cast.openRequests++
  return new Promise<boolean>((resolve) => {
    const giveUp = schedule.after(patienceMs, 'a client gives up waiting', () => resolve(false))
    const answer = (isTaken: boolean): void => {
      schedule.after(drawLatency(world), 'an answer arrives', () => {
        giveUp.cancel()
        resolve(isTaken)
      })
    }
    if (random.chance(faults.requestLost)) return
    schedule.after(drawLatency(world), 'a request arrives', async () => {
      const alive = [...collectors]
      if (alive.length === 0) return answer(false)
      const { process, take } = random.pick(alive)
      for (const event of request.events) event.attempts++
      // Not awaited: the answer comes at its own time.
      void take(request).then((isTaken) => {
        world.count(isTaken ? 'requests taken' : 'requests refused')
        if (process.isAlive && !random.chance(world.faults.answerLost)) answer(isTaken)
      })
    })
  }).finally(() => {
    cast.openRequests--
  })
}
