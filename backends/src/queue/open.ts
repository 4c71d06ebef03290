import type { Deps } from '../deps.ts'
import { loadBackend, type Registry } from '../open.ts'
import type { Queue, QueueOptions } from './port.ts'
import { type OpenQueue, queueBackends } from './registry.ts'

/**
 * Opens the queue a URL such as `sqlite:./data/queue.db` names. A disk that is full or cannot be written just now is no
 * reason to reject: sends fail until that is over. Rejects with `unknown_scheme`, `invalid_url`, `file_corrupt` or
 * `schema_too_new`, which do not pass by themselves.
 */
export async function openQueue(url: string, deps: Deps, options: QueueOptions = {}): Promise<Queue> {
  const open = await loadBackend('queue', queueBackends as Registry<OpenQueue>, url)
  return open(url, deps, options)
}
