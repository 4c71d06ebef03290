import type { Deps } from '../deps.ts'
import { loadBackend, type Registry } from '../open.ts'
import type { Store, StoreOptions } from './port.ts'
import { type OpenStore, storeBackends } from './registry.ts'

/** Opens the store that `url` names: `sqlite:./data/store.db`, or `memory:` for the reference one. */
export async function openStore(url: string, deps: Deps, options?: StoreOptions): Promise<Store> {
  const open = await loadBackend('store', storeBackends as Registry<OpenStore>, url)
  return open(url, deps, options)
}
