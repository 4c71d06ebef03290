import type { Deps, Directory } from '@trailstitch/backends'
import { ApiError } from '../errors.ts'
import { listAll } from './documents.ts'
import { digest, randomText } from './secrets.ts'

export const linkKinds = ['setup', 'invitation', 'reset'] as const
export type LinkKind = (typeof linkKinds)[number]

/** Tokens of links that work once. Only their digests are kept. */
export interface Links {
  /** `keys` are what the link can be found by. */
  make(kind: LinkKind, body: object, options: { lifeMs: number; keys?: Record<string, string> }): Promise<string>
  /** What was put into it. Throws `unknown_link` when it is used, over, or none of ours. */
  read<Body extends object>(kind: LinkKind, token: string): Promise<Body>
  /** As `read`, and uses it up: of several at once one gets it. */
  take<Body extends object>(kind: LinkKind, token: string): Promise<Body>
  /** Uses up all links with a key. */
  dropAll(kind: LinkKind, by: readonly [string, string]): Promise<void>
}

export function createLinks(directory: Directory, { now }: Pick<Deps, 'now'>): Links {
  const find = async <Body extends object>(kind: LinkKind, token: string) => {
    const link = await directory.read<Body>(kind, digest(token))
    if (!link) throw new ApiError('unknown_link')
    return link
  }
  return {
    async make(kind, body, { lifeMs, keys = {} }) {
      const token = randomText(32)
      await directory.write(kind, digest(token), body, { expected: 'new', keys, expiresAt: now() + lifeMs })
      return token
    },
    read: async <Body extends object>(kind: LinkKind, token: string) => (await find<Body>(kind, token)).body,
    async take<Body extends object>(kind: LinkKind, token: string) {
      const { id, version, body } = await find<Body>(kind, token)
      if (!(await directory.delete(kind, id, version))) throw new ApiError('unknown_link')
      return body
    },
    async dropAll(kind, by) {
      for (const { id } of await listAll(directory, kind, by)) await directory.delete(kind, id)
    },
  }
}
