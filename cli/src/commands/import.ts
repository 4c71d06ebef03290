import type { LedgerSums } from '@trailstitch/protocol'
import { Type } from 'typebox'
import { type Command, type Context, defineCommand } from '../command.ts'
import { CliError } from '../errors.ts'
import { createAccessLogReader } from '../import/access-log-events.ts'
import { createBatches } from '../import/batches.ts'
import type { LineReader } from '../import/format.ts'
import { createJsonlReader } from '../import/jsonl-events.ts'
import { openLines } from '../import/lines.ts'
import { type LineCounts, readFileInto } from '../import/run.ts'
import { createTally, type TallyFigures } from '../import/tally.ts'
import { say } from '../io.ts'
import { createProgress, formatColumns, formatCount } from '../output.ts'
import { findProject, openPipeline, type Processed, readBooks } from '../run/pipeline.ts'

const sharedOptions = {
  project: Type.Optional(Type.String({ description: 'project to import into; default: the first one' })),
  process: Type.Boolean({ description: 'leave the processing to a running service', default: true }),
  json: Type.Boolean({ description: 'print one JSON object and nothing else', default: false }),
}
const configKeys = ['data', 'queueUrl', 'storeUrl', 'blobUrl', 'countryFile', 'dedupeDays', 'logLevel'] as const

export const importAccessLog: Command = defineCommand(
  {
    name: 'import access-log',
    summary: 'import an access log in the combined format of Apache and nginx',
    details: [
      'Every line that can be parsed becomes an event at the time it names: a page for a GET that shows one, else a',
      'track "Request". Plain or gzip, - is stdin. Importing a file again, also when it has grown, counts nothing twice.',
    ].join('\n'),
    words: ['FILE'],
    configKeys,
    examples: [
      'trailstitch import access-log /var/log/nginx/access.log',
      'trailstitch import access-log access.log.gz --site https://example.com --json',
      'ssh web cat access.log | trailstitch import access-log -',
    ],
  },
  Type.Object({
    site: Type.Optional(
      Type.String({
        description: 'scheme and host of the site, which a log does not tell',
        pattern: '^https?://[^/]+$',
        shape: 'an origin, without a slash at its end',
        examples: ['https://example.com'],
      }),
    ),
    ...sharedOptions,
  }),
  (context) => runImport(context, createAccessLogReader(context.options), true),
)

export const importJsonl: Command = defineCommand(
  {
    name: 'import jsonl',
    summary: 'import events, one JSON object a line',
    details: [
      'Each line is an event of the Segment wire with its "type", as `trailstitch export` writes them. A messageId is',
      'kept, or made from file and line, so that importing a file again counts nothing twice.',
    ].join('\n'),
    words: ['FILE'],
    configKeys,
    examples: ['trailstitch import jsonl events.jsonl.gz', 'trailstitch import jsonl - < events.jsonl'],
  },
  Type.Object(sharedOptions),
  (context) => runImport(context, createJsonlReader(), false),
)

interface ImportOptions {
  project?: string
  process: boolean
  json: boolean
}

/**
 * The figures of the file do not depend on what the store held; those of the store are null where they cannot be told:
 * without processing, or when others sent to the same project at the same time.
 */
interface Summary extends Omit<LineCounts, 'interrupted'>, Omit<TallyFigures, 'sessions'> {
  sessions?: number
  sent: number
  tooLarge: number
  stored: number | null
  duplicates: number | null
  rejected: number | null
  dead: number
  processed: boolean
  project: string
  durationMs: number
}

async function runImport(context: Context<ImportOptions>, read: LineReader, hasSessions: boolean): Promise<void> {
  const { config, io, options, words } = context
  const startedAt = io.deps.now()
  const source = openLines(words[0] ?? '-', io.stdin)
  const pipeline = await openPipeline(config, io)
  try {
    const project = findProject(pipeline.folder, options.project).id
    const from = Math.floor(startedAt / 60_000) * 60_000
    const before = await readBooks(pipeline.store, project, from)
    const tally = createTally()
    const batches = createBatches({ sender: pipeline.sender, project, io })
    const progress = createProgress(io.stderr, io.interactive && !options.json, io.deps.now)
    const reading = readFileInto({ source, read, tally, batches, progress, stop: io.stop })
    const processing: Promise<Processed> = options.process
      ? pipeline.process(reading)
      : reading.then(() => ({ drained: false, dead: 0 }))
    const [{ interrupted, ...counts }, processed] = await settleAll(reading, processing)
    const booked = processed.drained ? difference(await readBooks(pipeline.store, project, from), before) : undefined
    // Somebody else sent to this project, too: whose duplicates are whose cannot be told.
    const own = booked && booked.received === batches.sent() ? booked : undefined
    const { sessions, ...figures } = tally.figures()
    const summary: Summary = {
      ...counts,
      ...figures,
      ...(hasSessions && { sessions }),
      sent: batches.sent(),
      tooLarge: batches.tooLarge(),
      stored: own?.stored ?? null,
      duplicates: own?.duplicate ?? null,
      rejected: own?.rejected ?? null,
      dead: processed.dead,
      processed: processed.drained,
      project,
      durationMs: io.deps.now() - startedAt,
    }
    say(io, options.json ? JSON.stringify(summary) : describeSummary(summary, options))
    if (interrupted || (options.process && !processed.drained))
      throw new CliError('interrupted', 'Stopped before the end. Run the same command again: nothing will count twice.')
  } finally {
    await pipeline.close()
  }
}

/** Both to their end before either's error is thrown, so that nothing is closed under the other's feet. */
async function settleAll<A, B>(a: Promise<A>, b: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([a, b])
  return Promise.all([a, b])
}

function difference(after: LedgerSums, before: LedgerSums): LedgerSums {
  return {
    received: after.received - before.received,
    stored: after.stored - before.stored,
    duplicate: after.duplicate - before.duplicate,
    rejected: after.rejected - before.rejected,
  }
}

function describeSummary(summary: Summary, options: ImportOptions): string {
  const count = (value: number | null): string => (value === null ? 'unknown' : formatCount(value))
  const { unparsable, unparsableLines } = summary
  const numbers = unparsableLines.slice(0, 10).join(', ')
  const more = unparsable > 10 ? ', …' : ''
  const rows: [string, string][] = [
    ['lines', count(summary.lines)],
    ['events', count(summary.events)],
    ['pages', count(summary.pages)],
    ['visitors', `${count(summary.visitors)}, of them bots ${count(summary.botVisitors)}`],
  ]
  if (summary.sessions !== undefined) rows.push(['sessions', count(summary.sessions)])
  rows.push(['unparsable', unparsable === 0 ? '0' : `${count(unparsable)}: line ${numbers}${more}`])
  if (summary.tooLarge > 0) rows.push(['too large', count(summary.tooLarge)])
  if (summary.processed)
    rows.push(
      ['stored', count(summary.stored)],
      ['duplicates', `${count(summary.duplicates)}, known before and not counted again`],
      ['rejected', count(summary.rejected)],
    )
  if (summary.dead > 0) rows.push(['dead letters', `${count(summary.dead)}, see trailstitch replay --dead`])
  const tail = options.process ? [] : ['The events are in the queue; a running service processes them.']
  return [
    `Imported into project "${summary.project}" in ${(summary.durationMs / 1000).toFixed(1)} s`,
    formatColumns(rows),
    ...tail,
  ].join('\n')
}
