import type { Deps } from '../deps.ts'
import { loadBackend, type Registry } from '../open.ts'
import type { Kv } from './port.ts'
import { kvBackends, type OpenKv } from './registry.ts'

/** Opens the kv a URL such as `memory:` names. Rejects with `unknown_scheme` or `invalid_url`. */
export async function openKv(url: string, deps: Deps): Promise<Kv> {
  const open = await loadBackend('kv', kvBackends as Registry<OpenKv>, url)
  return open(url, deps)
}
