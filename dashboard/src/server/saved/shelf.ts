import { randomBytes } from 'node:crypto'
import type { Directory } from '@trailstitch/backends'
import { change, listAll } from '../accounts/documents.ts'
import { ApiError, type ApiErrorCode } from '../errors.ts'

export interface OfProject {
  project: string
  /** ms since 1970. Left out: it stays. */
  expiresAt?: number
}

export interface Kept<Body> {
  id: string
  body: Body
}

/** What the members of a project keep there, one kind of document a shelf. */
export interface Shelf<Body extends OfProject> {
  /** `id`: default one made of 16 hexadecimal digits. Throws `limit_reached`. */
  make(body: Body, id?: string): Promise<Kept<Body>>
  /** All of them, in no order that means anything. */
  list(project: string): Promise<Kept<Body>[]>
  /** Throws the shelf's `unknown` code for what is not there, or is another project's. */
  read(project: string, id: string): Promise<Kept<Body>>
  /** Whatever project it is of; undefined when it is not there. */
  find(id: string): Promise<Body | undefined>
  /** Throws as `read` does, and what `edit` throws. */
  change(project: string, id: string, edit: (body: Body) => Body): Promise<Kept<Body>>
  delete(project: string, id: string): Promise<void>
}

export interface ShelfOptions {
  /** Of the directory. */
  kind: string
  /** Documents of one project. */
  max: number
  unknown: ApiErrorCode
}

const idPattern = /^[\w-]{1,64}$/

export function createShelf<Body extends OfProject>(directory: Directory, options: ShelfOptions): Shelf<Body> {
  const { kind, max, unknown } = options
  const placeOf = ({ project, expiresAt }: Body) => ({
    keys: { project },
    ...(expiresAt !== undefined && { expiresAt }),
  })
  const list = (project: string) => listAll<Body>(directory, kind, ['project', project])
  const find = async (id: string): Promise<Body | undefined> =>
    idPattern.test(id) ? (await directory.read<Body>(kind, id))?.body : undefined
  const read = async (project: string, id: string): Promise<Kept<Body>> => {
    const body = await find(id)
    if (body?.project !== project) throw new ApiError(unknown)
    return { id, body }
  }
  return {
    find,
    read,
    list,
    async make(body, id = randomBytes(8).toString('hex')) {
      if ((await list(body.project)).length >= max) throw new ApiError('limit_reached', `The most are ${max}.`)
      await directory.write(kind, id, body, { ...placeOf(body), expected: 'new' })
      return { id, body }
    },
    async change(project, id, edit) {
      await read(project, id)
      const edited = (before: Body | undefined): Body => {
        if (before?.project !== project) throw new ApiError(unknown)
        return edit(before)
      }
      return { id, body: await change<Body>(directory, { kind, id }, edited, placeOf) }
    },
    async delete(project, id) {
      await read(project, id)
      await directory.delete(kind, id)
    },
  }
}
