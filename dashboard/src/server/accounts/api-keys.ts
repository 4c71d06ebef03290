import { randomBytes } from 'node:crypto'
import type { Deps, Directory } from '@trailstitch/backends'
import { ApiError } from '../errors.ts'
import { type ApiKey, listAll } from './documents.ts'
import { digest, isSame, randomText } from './secrets.ts'

const kind = 'api-key'
export const maxKeysOfProject = 100

/** Keys look like `tsk_ID_SECRET`, so that scanners for leaked secrets know them. */
export const apiKeyPrefix = 'tsk_'

export interface ApiKeys {
  /** Answers the key itself, which is told this once. Throws `limit_reached`. */
  make(options: Omit<ApiKey, 'digest' | 'createdAt'>): Promise<{ id: string; key: string; body: ApiKey }>
  list(project: string): Promise<{ id: string; body: ApiKey }[]>
  /** Throws `unknown_key`. */
  delete(project: string, id: string): Promise<ApiKey>
  /** Throws `unauthorized`. */
  read(key: string): Promise<{ id: string; body: ApiKey }>
}

export function createApiKeys(directory: Directory, { now }: Pick<Deps, 'now'>): ApiKeys {
  const list = (project: string) => listAll<ApiKey>(directory, kind, ['project', project])
  return {
    list,
    async make(options) {
      if ((await list(options.project)).length >= maxKeysOfProject)
        throw new ApiError('limit_reached', `It has ${maxKeysOfProject} keys.`)
      const id = randomBytes(8).toString('hex')
      const key = `${apiKeyPrefix}${id}_${randomText(32)}`
      const body: ApiKey = { ...options, digest: digest(key), createdAt: now() }
      const { expiresAt } = options
      const place = { keys: { project: options.project }, ...(expiresAt !== undefined && { expiresAt }) }
      await directory.write(kind, id, body, { ...place, expected: 'new' })
      return { id, key, body }
    },
    async delete(project, id) {
      const there = /^[0-9a-f]{16}$/.test(id) ? await directory.read<ApiKey>(kind, id) : undefined
      if (there?.body.project !== project) throw new ApiError('unknown_key')
      await directory.delete(kind, id)
      return there.body
    },
    async read(key) {
      const id = /^tsk_([0-9a-f]{16})_[\w-]{43}$/.exec(key)?.[1]
      const there = id === undefined ? undefined : await directory.read<ApiKey>(kind, id)
      if (!there || !isSame(there.body.digest, digest(key))) throw new ApiError('unauthorized')
      return there
    },
  }
}
