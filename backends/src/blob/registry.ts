import type { Deps } from '../deps.ts'
import type { Registry } from '../open.ts'
import type { Blob } from './port.ts'

export type OpenBlob = (url: string, deps: Deps) => Promise<Blob>

/** One line a backend. */
export const blobBackends = {
  file: async () => (await import('./file.ts')).openFileBlob,
} satisfies Registry<OpenBlob>
