import { chromium } from './services/chromium.ts'
import { mongodb } from './services/mongodb.ts'
import { redis } from './services/redis.ts'
import type { Env, Say, Service } from './services/service.ts'

export type { Service }

/** Every service the tests use. One line each. */
export const services: readonly Service[] = [chromium, redis, mongodb]

export interface Provided {
  ready: { name: string; version: string; where: string }[]
  missing: Service[]
  /** All that the tests are told, of all services. */
  env: Record<string, string>
  /** Stops what was started, the last one first. */
  stop(): Promise<void>
}

/** Finds, and where needed installs and starts, each service of `table`. One that cannot be had ends up in `missing`. */
export async function provideServices(table: readonly Service[], env: Env, say: Say): Promise<Provided> {
  const provided: Omit<Provided, 'stop'> = { ready: [], missing: [], env: {} }
  const stops: (() => Promise<void>)[] = []
  for (const service of table) {
    let found = await service.find(env)
    if (!found && (await service.install(env, say))) found = await service.find(env)
    if (!found) {
      provided.missing.push(service)
      continue
    }
    const started = await service.start?.(found, env)
    if (started) stops.push(started.stop)
    Object.assign(provided.env, found.env, started?.env)
    provided.ready.push({ name: service.name, version: found.version, where: found.where })
  }
  const stop = async (): Promise<void> => {
    for (const each of stops.reverse()) await each()
  }
  return { ...provided, stop }
}
