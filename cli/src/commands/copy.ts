import { openStore, type RecordKind, type Store } from '@trailstitch/backends'
import { Type } from 'typebox'
import { type Command, defineCommand } from '../command.ts'
import { compareStores, countUnfinished, hasOwnChunks } from '../copy/compare.ts'
import { createFolder, foldStore } from '../copy/fold.ts'
import { copyRecords } from '../copy/records.ts'
import { CliError } from '../errors.ts'
import { type Io, say } from '../io.ts'
import { createProgress, formatColumns, formatCount, type Progress } from '../output.ts'
import { isMissing, shownUrl } from '../run/urls.ts'

const storeUrl = (description: string, example: string) =>
  Type.String({
    description,
    pattern: '^[a-z][a-z0-9+.-]+:',
    shape: 'a URL that starts with a scheme',
    examples: [example],
  })

export const copy: Command = defineCommand(
  {
    name: 'copy',
    summary: 'copy everything from one store into another, such as from embedded to cloud',
    details: [
      'Events, rejected events, books, and what makes sure that nothing counts twice; sessions and people are worked out',
      'anew in the target, which must be empty at first. Stop the processors (and "start") before the last run; collectors',
      'may go on, their events wait in the queue. Run it again after a stop or a crash: it goes on where it was. The end',
      'is a comparison of both sides.',
    ].join('\n'),
    configKeys: ['logLevel'],
    examples: [
      'trailstitch copy --from sqlite:./data/store.db --to mongodb://host/trailstitch',
      'trailstitch copy --from mongodb://host/trailstitch --to sqlite:./new/store.db --json',
    ],
  },
  Type.Object({
    from: storeUrl('store to copy', 'sqlite:./data/store.db'),
    to: storeUrl('store to copy into', 'mongodb://host/trailstitch'),
    json: Type.Boolean({ description: 'print one JSON object and nothing else', default: false }),
  }),
  async ({ io, options: { from, to, json } }) => {
    const startedAt = io.deps.now()
    if (isMissing(from)) throw new CliError('not_found', `There is no store ${shownUrl(from)}.`)
    const progress = createProgress(io.stderr, io.interactive && !json, io.deps.now)
    await foldSource(from, io, progress)
    const source = await openStore(from, io.deps, { readOnly: true })
    try {
      const target = await openStore(to, io.deps)
      try {
        const copied = await copyStore(source, target, io, progress)
        const summary = { ...copied, durationMs: io.deps.now() - startedAt }
        say(io, json ? JSON.stringify(summary) : describeSummary(summary, to))
      } finally {
        await target.close()
      }
    } finally {
      progress.end()
      await source.close()
    }
  },
)

interface Summary {
  /** In the target at the end, in all projects. */
  events: number
  /** Of them, those that came in this run. */
  copied: number
  rejected: number
  minutes: number
  claims: number
  collectors: number
  durationMs: number
}

/** A store may hand out only what has been stitched, and both sides are to give the same answers at the end. */
async function foldSource(url: string, io: Io, progress: Progress): Promise<void> {
  const store = await openStore(url, io.deps)
  try {
    await foldStore(store, io, (behind) =>
      progress.update(0, undefined, `stitching the source, ${formatCount(behind)} events left`),
    )
  } finally {
    await store.close()
  }
}

async function copyStore(
  source: Store,
  target: Store,
  io: Io,
  progress: Progress,
): Promise<Omit<Summary, 'durationMs'>> {
  const cursors = await beginCopy(source, target)
  const total = await countEvents(source)
  const before = await countEvents(target)
  const counts: Record<RecordKind, number> = { event: 0, claim: 0, rejected: 0, minute: 0, numbers: 0 }
  const copyKind = (kind: RecordKind, onPage: (records: number) => unknown): Promise<void> =>
    copyRecords(kind, { source, target, from: cursors[kind] }, io, async (records) => {
      counts[kind] += records
      await onPage(records)
    })
  const tell = (name: string): void => progress.update(0, undefined, name)

  const fold = createFolder(target)
  await copyKind('event', (records) => {
    const done = before + counts.event
    progress.update(done, total, `${formatCount(done)} of ${formatCount(total)} events`)
    return fold(records)
  })
  await foldStore(target, io, (behind) => tell(`stitching, ${formatCount(behind)} events left`))
  await copyKind('claim', () => tell(`${formatCount(counts.claim)} messageIds`))
  await copyKind('rejected', () => tell(`${formatCount(counts.rejected)} rejected events`))
  await copyKind('minute', () => tell(`${formatCount(counts.minute)} lines of the books`))
  await copyKind('numbers', () => tell(`${formatCount(counts.numbers)} collectors`))
  tell('comparing')
  await assertSame(source, target)
  progress.end()
  return {
    events: await countEvents(target),
    copied: counts.event,
    rejected: counts.rejected,
    minutes: counts.minute,
    claims: counts.claim,
    collectors: counts.numbers,
  }
}

/** Where each kind goes on. Throws before anything is written when the target is not ours to write into. */
async function beginCopy(source: Store, target: Store): Promise<Partial<Record<RecordKind, string>>> {
  const id = await source.records.id()
  if ((await target.records.id()) === id)
    throw new CliError('invalid_usage', '--from and --to are the same store, or one is a copy of the other’s files.')
  const { items } = await source.records.read('numbers', null, 1)
  if (items.length === 0) throw new CliError('not_found', 'The source holds nothing. Check its URL.')
  const cursors = await target.records.begin(id)
  if (await hasOwnChunks(source, target)) {
    const text =
      'Processors have written to the target since it was copied. Go on with it, or copy into an empty store.'
    throw new CliError('target_in_use', text)
  }
  return cursors
}

const countEvents = async (store: Store): Promise<number> =>
  (await store.records.count()).reduce((sum, { events }) => sum + events, 0)

async function assertSame(source: Store, target: Store): Promise<void> {
  const found = await compareStores(source, target)
  const unfinished = await countUnfinished(source)
  if (unfinished > 0) found.push(`chunks that a processor began and has not finished: ${formatCount(unfinished)}`)
  if (found.length === 0) return
  const wayOut =
    unfinished > 0
      ? 'Start a processor on the source, stop it once the queue is empty, and run the same command again.'
      : 'If processors still write to the source, stop them. Then run the same command again.'
  throw new CliError('copy_differs', [...found.map((line) => `- ${line}`), wayOut].join('\n'))
}

function describeSummary(summary: Summary, to: string): string {
  const count = formatCount
  return [
    `Copied into ${shownUrl(to)} in ${(summary.durationMs / 1000).toFixed(1)} s`,
    formatColumns([
      ['events', `${count(summary.events)}, of them new ${count(summary.copied)}`],
      ['rejected events', count(summary.rejected)],
      ['lines of the books', count(summary.minutes)],
      ['messageIds', `${count(summary.claims)}, remembered against duplicates`],
      ['collectors', count(summary.collectors)],
    ]),
    'Both sides hold the same.',
  ].join('\n')
}
