import { randomBytes } from 'node:crypto'
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createProjects, type Project, type Projects, projectSchema } from '@trailstitch/protocol'
import { Type } from 'typebox'
import { Value } from 'typebox/value'
import type { Config } from '../config.ts'
import { CliError, codeOf, messageOf } from '../errors.ts'

const projectsSchema = Type.Object(
  { projects: Type.Array(projectSchema, { minItems: 1 }) },
  { additionalProperties: false },
)

/** What the data folder keeps of the configuration, made on the first start. */
export interface DataFolder {
  projects: Projects
  list: readonly Project[]
  adminToken: string
}

/** The secret that sessions are made from: the configured one, else that of the data folder, made when it is missing. */
export function readAuthSecret({ data, authSecret }: Pick<Config, 'data' | 'authSecret'>): string {
  const secret = authSecret ?? readOrMake(join(data, 'auth-secret'), () => `${randomText(32)}\n`).trim()
  if (secret.length < 32)
    throw new CliError('file_damaged', `${join(data, 'auth-secret')} is too short. Delete it for a new one.`)
  return secret
}

/**
 * Reads `projects.json` and `admin-token` of the data folder and makes what is missing. A configured write key that no
 * project has becomes one of the first project's; a configured admin token is used and not written down. Several
 * processes may do this at once: one makes a file, the others read it. Throws `file_unwritable` and `file_damaged`.
 */
export function openDataFolder({
  data,
  writeKey,
  adminToken,
}: Pick<Config, 'data' | 'writeKey' | 'adminToken'>): DataFolder {
  try {
    mkdirSync(data, { recursive: true })
    const file = join(data, 'projects.json')
    const first: Project = { id: 'default', name: 'Default', writeKeys: [writeKey ?? `wk_${randomText(18)}`] }
    const list = readProjects(
      file,
      readOrMake(file, () => projectsText([first])),
    )
    if (writeKey !== undefined && !list.some(({ writeKeys }) => writeKeys.includes(writeKey))) {
      list[0]?.writeKeys.push(writeKey)
      replaceFile(file, projectsText(list))
    }
    const token = adminToken ?? readOrMake(join(data, 'admin-token'), () => `${randomText(24)}\n`).trim()
    if (token === '')
      throw new CliError('file_damaged', `${join(data, 'admin-token')} is empty. Delete it for a new one.`)
    return { projects: createProjects(list), list, adminToken: token }
  } catch (error) {
    if (error instanceof CliError) throw error
    const wayOut = 'Give this user the right to write there, or name another folder with --data.'
    throw new CliError('file_unwritable', `The data folder cannot be used: ${messageOf(error)}. ${wayOut}`, {
      cause: error,
    })
  }
}

const randomText = (bytes: number): string => randomBytes(bytes).toString('base64url')
const projectsText = (projects: readonly Project[]): string => `${JSON.stringify({ projects }, null, 2)}\n`

function readProjects(file: string, text: string): Project[] {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw new CliError('file_damaged', `${file} is not valid JSON: ${messageOf(cause)}`, { cause })
  }
  if (Value.Check(projectsSchema, json)) return json.projects
  const problems = [...Value.Errors(projectsSchema, json)].map(
    ({ instancePath, message }) => `- ${instancePath || '/'} ${message}`,
  )
  throw new CliError('file_damaged', [`${file} does not hold projects:`, ...problems].join('\n'))
}

/** The text of a file; made whole or not at all when it is missing. Keys and tokens are for its owner alone. */
function readOrMake(file: string, make: () => string): string {
  for (;;) {
    try {
      return readFileSync(file, 'utf8')
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error
    }
    const draft = draftOf(file, make())
    try {
      linkSync(draft, file)
    } catch (error) {
      // Another process was faster: its file counts.
      if (codeOf(error) !== 'EEXIST') throw error
    } finally {
      rmSync(draft)
    }
  }
}

function replaceFile(file: string, text: string): void {
  renameSync(draftOf(file, text), file)
}

function draftOf(file: string, text: string): string {
  const draft = `${file}.${process.pid}.${randomText(6)}`
  writeFileSync(draft, text, { mode: 0o600, flush: true })
  return draft
}
