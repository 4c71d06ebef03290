import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from './random.ts'
import type { Service } from './services.ts'

/** A service that is started again each time it is killed. */
export interface Target {
  name: string
  start(): Service
}

export interface Killer {
  /** How often each target was killed, so far. */
  readonly kills: Readonly<Record<string, number>>
  /** No more kills; resolves when every target is up again. Rejects when one had ended by itself. */
  stop(): Promise<void>
}

const usualPauseMs = { min: 200, max: 800 }

/**
 * Ends one of the targets with SIGKILL every 200 to 800 ms, or as `pauseMs` says, no matter whether it is up already or
 * still starting.
 */
export async function startKiller(targets: readonly Target[], random: Random, pauseMs = usualPauseMs): Promise<Killer> {
  const kills: Record<string, number> = Object.fromEntries(targets.map(({ name }) => [name, 0]))
  const current = new Map<Target, Service>(targets.map((target) => [target, target.start()]))
  await Promise.all([...current.values()].map(({ ready }) => ready))
  let isOver = false

  const run = async (): Promise<void> => {
    while (!isOver) {
      await sleep(random.int(pauseMs.min, pauseMs.max))
      if (isOver) return
      const target = random.pick(targets)
      const exit = await current.get(target)?.end('SIGKILL')
      if (exit?.signal !== 'SIGKILL') throw new Error(`${target.name} had ended by itself: ${JSON.stringify(exit)}`)
      kills[target.name] = (kills[target.name] ?? 0) + 1
      current.set(target, target.start())
    }
  }
  const running = run()
  running.catch(() => {})
  return {
    kills,
    async stop() {
      isOver = true
      await running
      await Promise.all([...current.values()].map(({ ready }) => ready))
    },
  }
}
