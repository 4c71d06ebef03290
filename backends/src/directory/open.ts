import type { Deps } from '../deps.ts'
import { loadBackend, type Registry } from '../open.ts'
import type { Directory } from './port.ts'
import { directoryBackends, type OpenDirectory } from './registry.ts'

/** Opens the directory that `url` names: `sqlite:./data/directory.db`. Rejects with `unknown_scheme` or `invalid_url`. */
export async function openDirectory(url: string, deps: Deps): Promise<Directory> {
  const open = await loadBackend('directory', directoryBackends as Registry<OpenDirectory>, url)
  return open(url, deps)
}
