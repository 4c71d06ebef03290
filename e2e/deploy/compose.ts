import { readFileSync } from 'node:fs'
import { parse } from 'yaml'

/** As far as the tests look at it. */
export interface ComposeService {
  image: string
  build?: { context: string; target: string }
  user?: string
  command?: string[]
  environment?: Record<string, string>
  read_only?: boolean
  cap_drop?: string[]
  security_opt?: string[]
  privileged?: boolean
  stop_grace_period?: string
  healthcheck?: { test: string[] }
  ports?: string[]
  tmpfs?: string[]
  volumes?: string[]
  deploy?: { replicas: number }
  depends_on?: Record<string, { condition: string }>
}

export interface Compose {
  services: Record<string, ComposeService>
  volumes: Record<string, unknown>
}

const file = new URL('../../compose.yaml', import.meta.url)

/** The compose file with an empty environment: `${NAME:-default}` is the default. */
export function readCompose(): Compose {
  const text = readFileSync(file, 'utf8').replaceAll(/\$\{\w+:-([^}]*)\}/g, '$1')
  return parse(text, { merge: true }) as Compose
}
