/**
 * A real service that tests use. To add one, write an entry like chromium.ts and list it in services.ts; tests read its
 * address from the environment and skip, saying why, where it is absent.
 */
export interface Service {
  name: string
  /** Which tests need it. */
  why: string
  /** The command a person runs to get it. */
  command: string
  /** Looks where it may be: the environment first, then PATH, then node_modules. */
  find(env: Env): Promise<Found | undefined>
  /** Gets it, where that can be done without asking, and says what it does. False where it can't. */
  install(env: Env, say: Say): Promise<boolean>
  /** For servers: starts it on a free port of 127.0.0.1. What `find` found is enough for programs that tests start. */
  start?(found: Found, env: Env): Promise<Started>
}

export type Env = Readonly<Record<string, string | undefined>>
export type Say = (line: string) => void

export interface Found {
  version: string
  /** Path or URL. */
  where: string
  /** What the tests are told. */
  env: Record<string, string>
}

export interface Started {
  env: Record<string, string>
  stop(): Promise<void>
}
