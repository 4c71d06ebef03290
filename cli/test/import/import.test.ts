import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { createSender, maxChunkBytes, openBlob, openStore, silentLog, systemDeps } from '@trailstitch/backends'
import type { Session } from '@trailstitch/protocol'
import { isbot } from 'isbot'
import { expect, test } from 'vitest'
import { runCli, temporaryFolder } from '../run-cli.ts'

interface Summary {
  lines: number
  events: number
  pages: number
  unparsable: number
  unparsableLines: number[]
  visitors: number
  sessions: number
  botVisitors: number
  stored: number
  duplicates: number
  rejected: number
}

async function importFile(
  data: string,
  file: string,
  options: { stdin?: Buffer; kind?: string } = {},
): Promise<Summary> {
  const { kind = 'access-log', stdin } = options
  const given = stdin === undefined ? {} : { stdin }
  const { exitCode, stdout, stderr } = await runCli(['import', kind, file, '--data', data, '--json'], given)
  expect(stderr).toBe('')
  expect(exitCode).toBe(0)
  expect(stdout.trim().split('\n')).toHaveLength(1)
  return JSON.parse(stdout) as Summary
}

const browser = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'
const logLine = (ip: string, clock: string, target: string, agent = browser): string =>
  `${ip} - - [17/May/2015:${clock} +0000] "GET ${target} HTTP/1.1" 200 5 "-" "${agent}"\n`

test('a log is imported once however often it comes, plain, compressed or grown', async () => {
  const data = temporaryFolder()
  const file = join(data, 'access.log')
  const text = [
    logLine('192.0.2.1', '10:00:00', '/'),
    logLine('192.0.2.1', '10:00:00', '/'),
    'garbage\n',
    logLine('192.0.2.1', '10:30:01', '/logo.png'),
    logLine('192.0.2.2', '10:00:00', '/', 'Googlebot/2.1'),
  ].join('')
  writeFileSync(file, text)
  const first = await importFile(data, file)
  expect(first).toMatchObject({ lines: 5, events: 4, pages: 3, unparsable: 1, unparsableLines: [3] })
  expect(first).toMatchObject({ visitors: 2, sessions: 3, botVisitors: 1, stored: 4, duplicates: 0, rejected: 0 })

  const again = await importFile(data, '-', { stdin: gzipSync(text) })
  expect(again).toMatchObject({ events: 4, visitors: 2, sessions: 3, botVisitors: 1, stored: 0, duplicates: 4 })

  appendFileSync(file, logLine('192.0.2.3', '11:00:00', '/'))
  expect(await importFile(data, file)).toMatchObject({ events: 5, visitors: 3, sessions: 4, stored: 1, duplicates: 4 })
}, 120_000)

test('a line too long for an event is cut and not lost', async () => {
  const data = temporaryFolder()
  const stdin = Buffer.from(logLine('192.0.2.1', '10:00:00', `/?${'q'.repeat(20_000)}`))
  expect(await importFile(data, '-', { stdin })).toMatchObject({ events: 1, stored: 1, rejected: 0 })
}, 60_000)

test('JSON lines keep their ids and times, and what breaks the rules is set aside', async () => {
  const data = temporaryFolder()
  const events = [
    {
      type: 'page',
      anonymousId: 'a',
      messageId: 'm1',
      timestamp: '2024-01-01T00:00:00Z',
      sentAt: '2024-01-01T00:00:05Z',
    },
    { type: 'track', event: 'Buy', userId: 'u', timestamp: 1_704_067_200_000 },
    { type: 'track', event: 'Buy' },
    { type: 'nothing', userId: 'u' },
  ]
  const stdin = Buffer.from(`${events.map((event) => JSON.stringify(event)).join('\n')}\n{"type":\n`)
  const summary = await importFile(data, '-', { stdin, kind: 'jsonl' })
  expect(summary).toMatchObject({ lines: 5, events: 3, pages: 1, unparsable: 2, unparsableLines: [4, 5], visitors: 1 })
  expect(summary).toMatchObject({ stored: 2, rejected: 1, duplicates: 0 })

  const exported = await runCli(['export', '--data', data])
  const lines = exported.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
  expect(lines.map(({ timestamp }) => timestamp)).toEqual(['2024-01-01T00:00:00.000Z', '2024-01-01T00:00:00.000Z'])

  const copy = temporaryFolder()
  const moved = await importFile(copy, '-', { stdin: Buffer.from(exported.stdout), kind: 'jsonl' })
  expect(moved).toMatchObject({ lines: 2, events: 2, stored: 2, rejected: 0 })
}, 120_000)

test('without processing the events wait in the queue', async () => {
  const data = temporaryFolder()
  const stdin = logLine('192.0.2.1', '10:00:00', '/')
  const { stdout } = await runCli(['import', 'access-log', '-', '--data', data, '--no-process', '--json'], { stdin })
  expect(JSON.parse(stdout)).toMatchObject({ events: 1, sent: 1, stored: null, processed: false })
}, 60_000)

// --- a real log, counted once more by other means

const logFile =
  process.env.TRAILSTITCH_TEST_LOG ?? new URL('../../../../shared/data/apache-access.log.gz', import.meta.url).pathname
if (!existsSync(logFile)) console.warn(`SKIPPED: no access log at ${logFile}; name one in TRAILSTITCH_TEST_LOG`)

test.skipIf(!existsSync(logFile))(
  'the figures of a real log equal an independent count, and so does the store',
  async () => {
    const data = temporaryFolder()
    const expected = countIndependently(readFileSync(logFile))
    const summary = await importFile(data, logFile)
    expect(summary).toMatchObject({ ...expected, stored: expected.events, duplicates: 0, rejected: 0 })
    expect(await sessionsInStore(data)).toEqual({
      sessions: expected.sessions,
      pages: expected.pages,
      events: expected.events,
      visitors: expected.visitors,
      botVisitors: expected.botVisitors,
    })
  },
  180_000,
)

/** One pattern for a whole line, and sessions by walking hourless event lists: nothing shared with the importer. */
function countIndependently(bytes: Buffer) {
  const text = (bytes[0] === 0x1f ? gunzipSync(bytes) : bytes).toString('utf8')
  const lines = text.endsWith('\n') ? text.slice(0, -1).split('\n') : text.split('\n')
  const whole =
    /^(\S+) \S+ \S+ \[(\d+)\/(\w+)\/(\d+):([\d:]+) ([+-]\d\d)(\d\d)\] "([A-Z]+) (\S*)[^"]*" (\d+) (?:\d+|-) "(?:[^"\\]|\\.)*" "((?:[^"\\]|\\.)*)"/
  const matches = lines.map((line) => whole.exec(line)).filter((match) => match !== null)
  const visits = Map.groupBy(matches, ([, ip, , , , , , , , , , agent]) => `${ip} ${agent}`)
  const seconds = ([, , day, month, year, clock, hours, minutes]: RegExpExecArray) =>
    Date.parse(`${day} ${month} ${year} ${clock} GMT${hours}${minutes}`) / 1000
  let sessions = 0
  for (const events of visits.values()) {
    let rest = events.map(seconds).sort((a, b) => a - b)
    while (rest.length > 0) {
      const [begin = 0] = rest
      const cut = rest.findIndex((at, index) => at - begin > 86_400 || at - (rest[index - 1] ?? at) > 1_800)
      rest = cut < 0 ? [] : rest.slice(cut)
      sessions++
    }
  }
  return {
    lines: lines.length,
    events: matches.length,
    pages: matches.filter(([, , , , , , , , method, target = '', status]) => {
      const name = target.replace(/[?#].*$/s, '').replace(/^.*\//s, '')
      return method === 'GET' && Number(status) < 400 && /^[^.]*$|\.(html?|php|aspx?|jsp)?$/i.test(name)
    }).length,
    unparsable: lines.length - matches.length,
    visitors: visits.size,
    sessions,
    botVisitors: [...visits.values()].filter(([first]) => isbot(first?.[11] ?? '')).length,
  }
}

test('what could not get into the queue before is processed, too', async () => {
  const data = temporaryFolder()
  const overflow = await openBlob(`file:${join(data, 'blobs')}`, systemDeps)
  const traits = { maxMessageBytes: maxChunkBytes, listsPending: true }
  const refusing = { traits, send: async () => [{ ok: false }] }
  const sender = createSender({ queue: refusing, overflow, deps: systemDeps })
  const body = Buffer.from('{"event":"Earlier","anonymousId":"a","messageId":"m1"}')
  const part = { project: 'default', kind: 'track', receivedAt: Date.now(), encoding: 'identity', events: 1 } as const
  await sender.send(part, body)
  await sender.close()
  expect((await overflow.list('overflow/')).items).toHaveLength(2) // and the empty one that a sender ends with
  const event = '{"type":"track","event":"Later","anonymousId":"a","messageId":"m2"}\n'
  await importFile(data, '-', { kind: 'jsonl', stdin: Buffer.from(event) })
  expect((await overflow.list('overflow/')).items).toEqual([])
  expect(await sessionsInStore(data)).toMatchObject({ sessions: 1, events: 2 })
})

async function sessionsInStore(data: string) {
  const store = await openStore(
    `sqlite:${join(data, 'store.db')}`,
    { now: Date.now, log: silentLog },
    { readOnly: true },
  )
  const all: Session[] = []
  try {
    let cursor: string | null = null
    do {
      const page: { items: Session[]; nextCursor: string | null } = await store.query({
        type: 'sessions',
        project: 'default',
        limit: 1000,
        ...(cursor !== null && { cursor }),
      })
      all.push(...page.items)
      cursor = page.nextCursor
    } while (cursor !== null)
  } finally {
    await store.close()
  }
  const sum = (pick: (session: Session) => number) => all.reduce((total, session) => total + pick(session), 0)
  const visitors = (sessions: Session[]) => new Set(sessions.map(({ anonymousId }) => anonymousId)).size
  return {
    sessions: all.length,
    pages: sum(({ pages }) => pages),
    events: sum(({ events }) => events),
    visitors: visitors(all),
    botVisitors: visitors(all.filter(({ bot }) => bot)),
  }
}
