import { chromium } from './services/chromium.ts'
import { elasticmq } from './services/elasticmq.ts'
import { fauxqs } from './services/fauxqs.ts'
import { hadolint } from './services/hadolint.ts'
import { mongodb } from './services/mongodb.ts'
import { redis } from './services/redis.ts'
import { runtimeServices } from './services/runtimes.ts'
import type { Env, Say, Service, Started } from './services/service.ts'
import { versitygw } from './services/versitygw.ts'

export type { Service }

/** Every service the tests use. One line each. */
export const services: readonly Service[] = [
  chromium,
  redis,
  versitygw,
  fauxqs,
  elasticmq,
  mongodb,
  hadolint,
  ...runtimeServices,
]

export interface Provided {
  ready: { name: string; version: string; where: string }[]
  missing: Service[]
  /** All that the tests are told, of all services. */
  env: Record<string, string>
  /** Stops what was started, the last one first. */
  stop(): Promise<void>
}

/** Finds, and where needed installs and starts, each service of `table`. One that cannot be had, or does not start, ends up in `missing`. */
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
    let started: Started | undefined
    try {
      started = await service.start?.(found, env)
    } catch (error) {
      say(`${service.name} did not start: ${(error as Error).message}`)
      provided.missing.push(service)
      continue
    }
    if (started) stops.push(started.stop)
    Object.assign(provided.env, found.env, started?.env)
    provided.ready.push({ name: service.name, version: found.version, where: found.where })
  }
  const stop = async (): Promise<void> => {
    for (const each of stops.reverse()) await each()
  }
  return { ...provided, stop }
}
