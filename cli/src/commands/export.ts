import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import type { Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { openStore } from '@trailstitch/backends'
import type { StoredEvent } from '@trailstitch/protocol'
import { Type } from 'typebox'
import { type Command, defineCommand } from '../command.ts'
import { CliError, messageOf } from '../errors.ts'
import { createProgress, formatCount } from '../output.ts'
import { openDataFolder } from '../run/data-folder.ts'
import { findProject } from '../run/pipeline.ts'
import { backendUrls, storeOptions } from '../run/urls.ts'

export const exportEvents: Command = defineCommand(
  {
    name: 'export',
    summary: 'write all stored events as JSON lines',
    details:
      'One event of the Segment wire a line, with what was derived from it. `trailstitch import jsonl` reads it.',
    configKeys: ['data', 'storeUrl', 'logLevel'],
    examples: ['trailstitch export > events.jsonl', 'trailstitch export --out events.jsonl.gz --project default'],
  },
  Type.Object({
    out: Type.Optional(
      Type.String({ description: 'file to write, gzip where it ends in .gz; default: stdout', minLength: 1 }),
    ),
    project: Type.Optional(Type.String({ description: 'project; default: the first one' })),
  }),
  async ({ config, io, options }) => {
    const project = findProject(openDataFolder(config), options.project).id
    const store = await openStore(backendUrls(config).store, io.deps, { ...storeOptions(config), readOnly: true })
    const out = options.out === undefined ? undefined : openOut(options.out)
    const progress = createProgress(io.stderr, io.interactive && out !== undefined, io.deps.now)
    let written = 0
    try {
      let cursor: string | null = null
      do {
        const page: { items: StoredEvent[]; nextCursor: string | null } = await store.query({
          type: 'events',
          project,
          limit: 1000,
          ...(cursor !== null && { cursor }),
        })
        const text = page.items.map((event) => `${JSON.stringify(toWireEvent(event))}\n`).join('')
        const target = out?.stream ?? io.stdout
        if (text !== '' && !target.write(text)) await Promise.race([once(target, 'drain'), out?.failed ?? never])
        written += page.items.length
        progress.update(written, undefined, `${formatCount(written)} events`)
        cursor = page.nextCursor
      } while (cursor !== null && !io.stop.aborted)
      await out?.end()
      progress.end()
      if (cursor !== null) throw new CliError('interrupted', `Stopped after ${formatCount(written)} events.`)
      io.stderr.write(`${formatCount(written)} events exported.\n`)
    } finally {
      await store.close()
    }
  },
)

const never = new Promise<never>(() => {})

interface Out {
  stream: Writable
  /** Rejects when the file can't be written; never resolves. */
  failed: Promise<never>
  end(): Promise<void>
}

function openOut(path: string): Out {
  const file = createWriteStream(path)
  const stream = path.endsWith('.gz') ? createGzip() : file
  if (stream !== file) stream.pipe(file)
  const failed = new Promise<never>((_, reject) => {
    file.once('error', (cause) => {
      reject(new CliError('file_unwritable', `${path} cannot be written: ${messageOf(cause)}`, { cause }))
    })
  })
  failed.catch(() => {})
  return {
    stream,
    failed,
    async end() {
      stream.end()
      await Promise.race([finished(file), failed])
    },
  }
}

/** A stored event in the words of the wire: ISO times, and the name where each type carries it. */
export function toWireEvent(stored: StoredEvent): Record<string, unknown> {
  const { project: _project, type, name, timestamp, receivedAt, originalTimestamp, sentAt, ...rest } = stored
  const named = type === 'track' ? { event: name } : type === 'page' || type === 'screen' ? { name } : {}
  return {
    type,
    ...named,
    timestamp: isoTime(timestamp),
    ...rest,
    receivedAt: isoTime(receivedAt),
    ...(originalTimestamp !== undefined && { originalTimestamp: isoTime(originalTimestamp) }),
    ...(sentAt !== undefined && { sentAt: isoTime(sentAt) }),
  }
}

const isoTime = (time: number): string => new Date(time).toISOString()
