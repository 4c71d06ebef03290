import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { JourneyItem } from '../../web/api/types.ts'
import { countActive, countByMinute } from '../../web/pages/live/active.ts'
import { t } from '../../web/pages/live/texts.ts'
import { toRows } from '../../web/pages/person/rows.ts'
import { describeClock } from '../../web/pages/quality/clock.ts'
import { toCsv, toJson } from '../../web/parts/download.ts'
import { formatAgo, formatChange, formatDuration, formatShort } from '../../web/texts/format.ts'
import { settingsTexts } from '../../web/texts/settings.ts'

test.each([
  [0, '0 s'],
  [999, '1 s'],
  [200_000, '3 m 20 s'],
  [7_500_000, '2 h 5 m'],
  [3_600_000, '1 h'],
  [273_600_000, '3 d 4 h'],
])('%i ms are %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text)
})

test('figures are short from ten thousand on, and changes have a sign', () => {
  expect([9_999, 12_345, 1_200_000].map(formatShort)).toEqual(['9,999', '12.3K', '1.2M'])
  expect([formatChange(15, 10), formatChange(5, 10), formatChange(10, 10), formatChange(5, 0)]).toEqual([
    '+50%',
    '-50%',
    '0%',
    undefined,
  ])
  expect([formatAgo(0, 5_000), formatAgo(0, 180_000), formatAgo(0, 86_400_000)]).toEqual([
    '5 seconds ago',
    '3 minutes ago',
    'yesterday',
  ])
})

test('places in texts are filled, and one without a value stays', () => {
  expect(t('live.resume', { count: 3 })).toBe('Go on (3 new)')
  expect(t('live.resume')).toBe('Go on ({count} new)')
})

test('a file for spreadsheets quotes what has to be, and holds no formula', () => {
  const rows = [
    ['a,b', 1, null],
    ['say "hi"', -2, true],
    ['=1+1', 0, '-3'],
    ['line\nbreak', 0, '@x'],
  ] as const
  expect(toCsv(['Name', 'N', 'X'], rows)).toBe(
    'Name,N,X\r\n"a,b",1,\r\n"say ""hi""",-2,true\r\n\'=1+1,0,-3\r\n"line\nbreak",0,\'@x\r\n',
  )
  expect(JSON.parse(toJson(['Name', 'N', 'X'], rows))[0]).toEqual({ Name: 'a,b', N: 1, X: null })
})

const event = (more: object): JourneyItem =>
  ({
    messageId: 'm',
    timestamp: '2026-11-30T12:00:00Z',
    anonymousId: 'a',
    userId: null,
    sessionId: 's',
    ...more,
  }) as JourneyItem
const now = Date.parse('2026-11-30T12:04:00Z')

test('active are different people of the last 5 minutes, without bots', () => {
  const events = [
    event({}),
    event({ userId: 'u' }),
    event({ anonymousId: 'b', userId: 'u' }),
    event({ anonymousId: 'c', bot: 'agent' }),
    event({ anonymousId: 'd', timestamp: '2026-11-30T11:58:59Z' }),
  ]
  expect(countActive(events, now)).toBe(2)
  expect(countByMinute(events, now, 6)).toEqual([1, 4, 0, 0, 0, 0])
})

test('a journey has a head before each run of a visit on a day', () => {
  const items = [
    event({ messageId: '1' }),
    event({ messageId: '2' }),
    event({ messageId: '3', sessionId: null }),
    event({ messageId: '4' }),
    event({ messageId: '5', timestamp: '2026-12-01T00:00:00Z' }),
  ]
  const rows = toRows(items, (timestamp) => timestamp.slice(0, 10))
  expect(rows.map(({ kind }) => kind[0])).toEqual(['s', 'e', 'e', 's', 'e', 's', 'e', 's', 'e'])
  expect(new Set(rows.map(({ key }) => key)).size).toBe(rows.length)
})

test('the clock of an event is told by its times of sending and receipt', () => {
  const at = (sentAt?: string, clamped?: string) =>
    describeClock({ receivedAt: '2026-03-02T10:00:00Z', ...(sentAt && { sentAt }), ...(clamped && { clamped }) })
  expect(at('2026-03-02T09:59:30Z')).toBe('It was right to the minute.')
  expect(at('2026-03-02T08:00:00Z')).toContain('It was 2 h behind')
  expect(at('2026-03-03T10:00:00Z')).toContain('It was 1 d ahead')
  expect(at()).toContain('could not be checked')
  expect([at('2026-03-02T08:00:00Z', 'future'), at(undefined, 'stale')]).toEqual([
    expect.stringContaining('in the future'),
    expect.stringContaining('before 2005'),
  ])
})

test('whatever is written to the audit log is told in words', () => {
  const server = new URL('../../src/server/', import.meta.url)
  const files = readdirSync(server, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))
  const actions = files.flatMap((name) => {
    const source = readFileSync(new URL(name, server), 'utf8')
    const calls = /(?:[nN]ote\w*\??\.?\([^)']*|reading\(|reads: |action: |\? )'([a-z-]+\.[a-z_-]+)'/g
    return [...source.matchAll(calls)].map(([, action = '']) => action)
  })
  expect(new Set(actions).size).toBeGreaterThan(40)
  expect(actions.filter((action) => !(`audit.${action}` in settingsTexts))).toEqual([])
})
