import { BackendError } from './errors.ts'
import { toBackendError } from './sqlite/database.ts'

/** What went wrong with a file or an SQLite database, as a {@link BackendError} that names the path and the way out. */
export function fileError(error: unknown, path: string): BackendError {
  const cause = error instanceof BackendError && error.code === 'backend_failed' ? error.cause : error
  const code = (cause as NodeJS.ErrnoException | undefined)?.code ?? ''
  if (['ENOTDIR', 'EEXIST', 'ENOENT', 'EISDIR', 'EIO', 'EBUSY'].includes(code))
    return new BackendError('file_unwritable', `${path}: check that its folder is a folder and can be written.`, {
      cause,
    })
  if (code === 'EDQUOT')
    return new BackendError('disk_full', `${path}: the quota is used up; free some space.`, { cause })
  return toBackendError(error, path)
}
