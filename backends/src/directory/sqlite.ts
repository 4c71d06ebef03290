import { Worker } from 'node:worker_threads'
import type { Deps } from '../deps.ts'
import { BackendError } from '../errors.ts'
import { filePathOf } from '../open.ts'
import { createThread, type Thread } from '../sqlite/thread.ts'
import { checkList, checkPlace, draftOf, isNew, pageOf } from './documents.ts'
import type { Directory, DirectoryDocument, ListOptions } from './port.ts'
import type { Row, Tables } from './sqlite-tables.ts'

// Under tsc the file is JavaScript next to this one; in the sources it is TypeScript, which Node runs as it is.
const threadUrl = new URL(
  import.meta.url.endsWith('.ts') ? './sqlite-thread.ts' : './sqlite-thread.js',
  import.meta.url,
)

/** The directory in one SQLite file: `sqlite:./data/directory.db`. Any number of processes may open the file at once. */
export async function openSqliteDirectory(url: string, deps: Deps): Promise<Directory> {
  const path = filePathOf(url)
  const thread = createThread<Tables>(() => new Worker(threadUrl, { workerData: { path } }))
  let closing: Promise<void> | undefined
  const call: Thread<Tables>['call'] = async (...args) => {
    if (closing !== undefined) throw new BackendError('closed')
    return thread.call(...args)
  }
  try {
    await call('open', deps.now(), [])
  } catch (error) {
    if (!(error instanceof BackendError) || !error.retryable) {
      await thread.stop()
      throw error
    }
    deps.log.warn({ path, code: error.code, error: error.message }, 'the directory cannot be used yet')
  }

  return {
    async read<Body extends object>(kind: string, id: string) {
      checkPlace(kind, id)
      const row = await call('read', deps.now(), [kind, id])
      return row && toDocument<Body>(row)
    },
    async write(kind, id, body, options) {
      const draft = draftOf(kind, id, body, options)
      const expected = isNew(options) ? null : options.expected
      return (await call('write', deps.now(), [kind, id, expected, draft])) ? draft.version : undefined
    },
    async list<Body extends object>(kind: string, options: ListOptions) {
      checkList(kind, options)
      const rows = await call('list', deps.now(), [kind, options])
      return pageOf(rows.map(toDocument<Body>), options.limit)
    },
    async delete(kind, id, expected) {
      checkPlace(kind, id)
      return call('delete', deps.now(), [kind, id, expected])
    },
    close() {
      // A write that is under way is committed or undone by SQLite itself.
      closing ??= thread.stop()
      return closing
    },
  }
}

const toDocument = <Body extends object>({ id, version, body }: Row): DirectoryDocument<Body> => ({
  id,
  version,
  body: JSON.parse(body) as Body,
})
