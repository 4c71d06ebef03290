import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { basename } from 'node:path/posix'
import { pipeline, Readable, type Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { openBlob, openStore, type Store } from '@trailstitch/backends'
import { type StoredEvent, toWireEvent } from '@trailstitch/protocol'
import { Type } from 'typebox'
import { type Command, defineCommand } from '../command.ts'
import { CliError, messageOf } from '../errors.ts'
import { type Io, say } from '../io.ts'
import { createProgress, formatCount, type Progress } from '../output.ts'
import { openDataFolder } from '../run/data-folder.ts'
import { findProject } from '../run/pipeline.ts'
import { backendUrls, storeOptions } from '../run/urls.ts'

export const exportEvents: Command = defineCommand(
  {
    name: 'export',
    summary: 'write all stored events as JSON lines',
    details:
      'One event of the Segment wire a line, with what was derived from it. `trailstitch import jsonl` reads it.',
    configKeys: ['data', 'storeUrl', 'blobUrl', 'logLevel'],
    examples: [
      'trailstitch export > events.jsonl',
      'trailstitch export --out events.jsonl.gz --project default',
      'trailstitch export --to-blob exports/events.jsonl.gz --link-hours 24',
    ],
  },
  Type.Object({
    out: Type.Optional(
      Type.String({ description: 'file to write, gzip where it ends in .gz; default: stdout', minLength: 1 }),
    ),
    toBlob: Type.Optional(
      Type.String({ description: 'name in the blob storage to write, gzip where it ends in .gz', minLength: 1 }),
    ),
    linkHours: Type.Optional(
      Type.Integer({ description: 'with --to-blob: print a link that lasts so long', minimum: 1, maximum: 168 }),
    ),
    project: Type.Optional(Type.String({ description: 'project; default: the first one' })),
  }),
  async ({ config, io, options: { out, toBlob, linkHours, project: asked } }) => {
    if (out !== undefined && toBlob !== undefined)
      throw new CliError('invalid_usage', 'Give one of --out and --to-blob, not both.')
    if (linkHours !== undefined && toBlob === undefined)
      throw new CliError('invalid_usage', '--link-hours needs --to-blob NAME: only blobs have links.')
    const project = findProject(openDataFolder(config), asked).id
    const store = await openStore(backendUrls(config).store, io.deps, { ...storeOptions(config), readOnly: true })
    try {
      const isQuiet = out === undefined && toBlob === undefined
      const progress = createProgress(io.stderr, io.interactive && !isQuiet, io.deps.now)
      const tally = { events: 0 }
      const pages = readPages(store, project, io, progress, tally)
      if (toBlob === undefined) await writeOut(pages, out, io)
      else await writeBlob(pages, toBlob, linkHours, backendUrls(config).blob, io)
      io.stderr.write(`${formatCount(tally.events)} events exported.\n`)
    } finally {
      await store.close()
    }
  },
)

/** The events as text, a page of lines at a time, and counted. Throws `interrupted` at the stop. */
async function* readPages(
  store: Store,
  project: string,
  io: Io,
  progress: Progress,
  tally: { events: number },
): AsyncGenerator<string> {
  let cursor: string | null = null
  do {
    const page: { items: StoredEvent[]; nextCursor: string | null } = await store.query({
      type: 'events',
      project,
      limit: 1000,
      ...(cursor !== null && { cursor }),
    })
    yield page.items.map((event) => `${JSON.stringify(toWireEvent(event))}\n`).join('')
    tally.events += page.items.length
    progress.update(tally.events, undefined, `${formatCount(tally.events)} events`)
    cursor = page.nextCursor
  } while (cursor !== null && !io.stop.aborted)
  progress.end()
  if (cursor !== null) throw new CliError('interrupted', `Stopped after ${formatCount(tally.events)} events.`)
}

/** The blob comes to be as a whole or, where the export fails or is stopped, not at all. */
async function writeBlob(
  pages: AsyncIterable<string>,
  name: string,
  linkHours: number | undefined,
  url: string,
  io: Io,
): Promise<void> {
  const blob = await openBlob(url, io.deps)
  try {
    const chunks = Readable.from(encode(pages))
    // The callback is there for its errors, which reach the reader of the last stream, too.
    await blob.putStream(name, name.endsWith('.gz') ? pipeline(chunks, createGzip(), () => undefined) : chunks)
    if (linkHours === undefined) return
    const link = await blob.link(name, { expiresInMs: linkHours * hourMs, downloadAs: basename(name).slice(-200) })
    if (!link) io.stderr.write('This blob storage has no links to hand out.\n')
    else {
      say(io, link.url)
      io.stderr.write(`Whoever has the link can read the export until ${isoTime(link.expiresAt)}.\n`)
    }
  } finally {
    await blob.close()
  }
}

async function* encode(pages: AsyncIterable<string>): AsyncGenerator<Buffer> {
  for await (const page of pages) if (page !== '') yield Buffer.from(page)
}

/** What was written before a stop or a failure stays. */
async function writeOut(pages: AsyncIterable<string>, path: string | undefined, io: Io): Promise<void> {
  const out = path === undefined ? undefined : openOut(path)
  const target = out?.stream ?? io.stdout
  try {
    for await (const text of pages)
      if (text !== '' && !target.write(text)) await Promise.race([once(target, 'drain'), out?.failed ?? never])
  } finally {
    await out?.end()
  }
}

const hourMs = 3_600_000
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

const isoTime = (time: number): string => new Date(time).toISOString()
