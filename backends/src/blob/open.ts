import type { Deps } from '../deps.ts'
import { loadBackend, type Registry } from '../open.ts'
import type { Blob } from './port.ts'
import { blobBackends, type OpenBlob } from './registry.ts'

/** Opens the blob storage a URL such as `file:./data/blobs` names. Rejects with `unknown_scheme` or `invalid_url`. */
export async function openBlob(url: string, deps: Deps): Promise<Blob> {
  const open = await loadBackend('blob', blobBackends as Registry<OpenBlob>, url)
  return open(url, deps)
}
