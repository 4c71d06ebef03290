import type { Deps } from '../deps.ts'
import type { Registry } from '../open.ts'
import type { Blob } from './port.ts'

export type OpenBlob = (url: string, deps: Deps) => Promise<Blob>

/** One line a backend. */
export const blobBackends = {
  file: async () => (await import('./file.ts')).openFileBlob,
  s3: async () => (await import('./s3.ts')).openS3Blob,
} satisfies Registry<OpenBlob>
