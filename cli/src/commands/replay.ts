import { createSender, mendRejected, openQueue, openStore, replayRejected, type Store } from '@trailstitch/backends'
import { isPlainObject, type JsonObject, type RejectedEvent } from '@trailstitch/protocol'
import { Type } from 'typebox'
import { type Command, type Context, defineCommand } from '../command.ts'
import type { Config } from '../config.ts'
import { CliError } from '../errors.ts'
import { createBatches } from '../import/batches.ts'
import { type Io, say } from '../io.ts'
import { backendUrls, queueOptions, storeOptions } from '../run/urls.ts'

const optionsSchema = Type.Object({
  list: Type.Boolean({ description: 'show what was set aside', default: false }),
  id: Type.Optional(Type.String({ description: 'the one to send again' })),
  set: Type.Optional(
    Type.String({
      description: 'JSON object of fields to mend first; null removes one',
      examples: ['{"userId":"u1"}'],
    }),
  ),
  all: Type.Boolean({ description: 'send all again that were not yet', default: false }),
  code: Type.Optional(Type.String({ description: 'only those set aside for this reason' })),
  dead: Type.Boolean({ description: 'give dead queue entries another try', default: false }),
  project: Type.Optional(Type.String({ description: 'only of this project' })),
  json: Type.Boolean({ description: 'print JSON, one object a line', default: false }),
})

interface ReplayOptions {
  list: boolean
  id?: string
  set?: string
  all: boolean
  code?: string
  dead: boolean
  project?: string
  json: boolean
}

export const replay: Command = defineCommand(
  {
    name: 'replay',
    summary: 'list events that were set aside, mend them and send them again',
    details:
      'A running service (or the next import) processes what is sent. The original stays listed, marked as replayed.',
    configKeys: ['data', 'queueUrl', 'storeUrl', 'blobUrl', 'logLevel'],
    examples: [
      'trailstitch replay --list',
      `trailstitch replay --id 42 --set '{"event":"Order Completed"}'`,
      'trailstitch replay --all --code no_user_anon_id',
      'trailstitch replay --dead',
    ],
  },
  optionsSchema,
  runReplay,
)

async function runReplay({ config, io, options }: Context<ReplayOptions>): Promise<void> {
  const ways = [options.list, options.id !== undefined, options.all, options.dead].filter(Boolean).length
  if (ways !== 1) throw new CliError('invalid_usage', 'Give one of --list, --id ID, --all and --dead.')
  if (options.set !== undefined && options.id === undefined)
    throw new CliError('invalid_usage', '--set mends one event: give its --id, too.')
  const patch = options.set === undefined ? undefined : parsePatch(options.set)
  const urls = backendUrls(config)
  if (options.dead) {
    const queue = await openQueue(urls.queue, io.deps, queueOptions(config))
    try {
      const redriven = await queue.redrive()
      say(io, options.json ? JSON.stringify({ redriven }) : `${redriven} dead queue entries are waiting again.`)
    } finally {
      await queue.close()
    }
    return
  }
  const store = await openStore(urls.store, io.deps, { ...storeOptions(config), readOnly: options.list })
  try {
    if (options.list) await list(store, io, options)
    else await sendAgain(store, config, io, options, patch)
  } finally {
    await store.close()
  }
}

function parsePatch(text: string): JsonObject {
  try {
    const patch: unknown = JSON.parse(text)
    if (isPlainObject(patch)) return patch as JsonObject
  } catch {
    // told below
  }
  throw new CliError('invalid_usage', `--set needs a JSON object, such as '{"userId":"u1"}', and got ${text}`)
}

/** Those that the options ask for, newest first. */
async function* readRejected(store: Store, { id, project, code }: ReplayOptions): AsyncGenerator<RejectedEvent> {
  let cursor: string | null = null
  do {
    const page: { items: RejectedEvent[]; nextCursor: string | null } = await store.query({
      type: 'rejected',
      limit: 500,
      ...(id !== undefined && { id }),
      ...(project !== undefined && { project }),
      ...(cursor !== null && { cursor }),
    })
    for (const item of page.items) if (code === undefined || item.code === code) yield item
    cursor = page.nextCursor
  } while (cursor !== null)
}

async function list(store: Store, io: Io, options: ReplayOptions): Promise<void> {
  let count = 0
  for await (const item of readRejected(store, options)) {
    if (io.stop.aborted) return
    count++
    if (options.json) {
      say(io, JSON.stringify(item))
      continue
    }
    const replayed = item.replayedAt === undefined ? '' : io.style.dim(' (replayed)')
    const body = item.body.length > 160 ? `${item.body.slice(0, 160)}…` : item.body
    say(
      io,
      `${io.style.bold(item.id)}  ${new Date(item.receivedAt).toISOString()}  ${item.project}  ${item.code}${replayed}`,
    )
    say(io, `  ${item.message}\n  ${io.style.dim(body)}`)
  }
  if (count === 0 && !options.json) say(io, 'Nothing was set aside.')
}

async function sendAgain(
  store: Store,
  config: Config,
  io: Io,
  options: ReplayOptions,
  patch: JsonObject | undefined,
): Promise<void> {
  const queue = await openQueue(backendUrls(config).queue, io.deps, queueOptions(config))
  const sender = createSender({ queue, deps: io.deps })
  const send = async (project: string, event: object): Promise<void> => {
    const batches = createBatches({ sender, project, io, operator: true })
    await batches.add(event)
    await batches.end()
  }
  let sent = 0
  let skipped = 0
  try {
    for await (const item of readRejected(store, options)) {
      if (io.stop.aborted) break
      const event = options.all && item.replayedAt !== undefined ? undefined : mendRejected(item, { set: patch })
      if (!event) {
        skipped++
        continue
      }
      await replayRejected(item, event, { send, store, now: io.deps.now })
      sent++
    }
  } finally {
    await sender.close()
    await queue.close()
  }
  if (options.id !== undefined && sent + skipped === 0)
    throw new CliError(
      'not_found',
      `Nothing set aside has the id ${options.id}. trailstitch replay --list shows the ids.`,
    )
  if (options.json) say(io, JSON.stringify({ sent, skipped }))
  else
    say(
      io,
      `${sent} sent again${skipped > 0 ? `, ${skipped} skipped: replayed before, or no event that can be read` : ''}.`,
    )
}
