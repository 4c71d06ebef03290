import { openBlob } from '../blob/open.ts'
import type { Deps } from '../deps.ts'
import { loadBackend, type Registry } from '../open.ts'
import { maxChunkBytes, type Queue, type QueueOptions } from './port.ts'
import { type OpenQueue, queueBackends } from './registry.ts'
import { createSpillingQueue } from './spill.ts'

/**
 * Opens the queue a URL such as `sqlite:./data/queue.db` names. A disk that is full or cannot be written just now is no
 * reason to reject: sends fail until that is over. Rejects with `unknown_scheme`, `invalid_url`, `file_corrupt` or
 * `schema_too_new`, which do not pass by themselves.
 */
export async function openQueue(url: string, deps: Deps, options: QueueOptions = {}): Promise<Queue> {
  const open = await loadBackend('queue', queueBackends as Registry<OpenQueue>, url)
  const queue = await open(url, deps, options)
  if (queue.traits.maxMessageBytes >= maxChunkBytes || options.spillUrl === undefined) return queue
  try {
    return createSpillingQueue(queue, await openBlob(options.spillUrl, deps), deps)
  } catch (error) {
    await queue.close()
    throw error
  }
}
