import type { AsyncLocalStorage } from 'node:async_hooks'
import { syncBuiltinESMExports } from 'node:module'
import timersPromises from 'node:timers/promises'
import type { Process } from './process.ts'
import type { Schedule, Task } from './schedule.ts'

/** Tells whose code runs, so that the timers a process has started end with it. */
export type Owner = AsyncLocalStorage<Process>

type Callback = (...args: unknown[]) => void

/**
 * Puts virtual time behind the timers that sender and processor use: `setTimeout`, `setInterval`, `setImmediate`,
 * `performance.now` and the `setTimeout` of node:timers/promises. So their real deadlines, heartbeats and pauses run in
 * the simulation. Returns the way back; between the two no real timer of this process may be started by anybody else.
 */
export function installTimers(schedule: Schedule, owner: Owner): () => void {
  const { setTimeout, clearTimeout, setInterval, clearInterval, setImmediate } = globalThis
  const realSleep = timersPromises.setTimeout
  const tasks = new WeakMap<object, Task>()

  const start = (callback: Callback, ms: number, args: unknown[], repeats: boolean): object => {
    const process = owner.getStore()
    const handle = { ref: () => handle, unref: () => handle, hasRef: () => true }
    const arm = (): void => {
      const task = schedule.after(ms, `${process?.name} timer`, () => {
        if (process && !process.isAlive) return
        if (repeats) arm()
        if (process) owner.run(process, () => callback(...args))
        else callback(...args)
      })
      tasks.set(handle, task)
    }
    arm()
    return handle
  }
  const clear = (handle?: object): void => void (handle && tasks.get(handle)?.cancel())

  Object.assign(globalThis, {
    setTimeout: (callback: Callback, ms = 0, ...args: unknown[]) => start(callback, ms, args, false),
    setInterval: (callback: Callback, ms = 0, ...args: unknown[]) => start(callback, ms, args, true),
    setImmediate: (callback: Callback, ...args: unknown[]) => start(callback, 0, args, false),
    clearTimeout: clear,
    clearInterval: clear,
  })
  Object.defineProperty(performance, 'now', { value: () => schedule.now(), configurable: true, writable: true })
  Object.assign(timersPromises, { setTimeout: createSleep(schedule) })
  syncBuiltinESMExports()

  return () => {
    Object.assign(globalThis, { setTimeout, clearTimeout, setInterval, clearInterval, setImmediate })
    Reflect.deleteProperty(performance, 'now') // uncovers the real one, which lies on the prototype
    Object.assign(timersPromises, { setTimeout: realSleep })
    syncBuiltinESMExports()
  }
}

/** A pause that a signal can end early, as the one of node:timers/promises. */
const createSleep =
  (schedule: Schedule) =>
  (ms = 0, value?: unknown, options?: { signal?: AbortSignal }): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const task = schedule.after(ms, 'pause', () => resolve(value))
      const abort = (): void => {
        task.cancel()
        reject(new Error('The pause was ended early.'))
      }
      if (options?.signal?.aborted) abort()
      else options?.signal?.addEventListener('abort', abort, { once: true })
    })
