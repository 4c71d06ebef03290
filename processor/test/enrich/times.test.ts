import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { correctTimes, parseTime } from '../../src/enrich/times.ts'
import { definitions, receivedAt, tableOf } from '../support.ts'

const optional = (cell: string | undefined) => (cell === '-' ? undefined : cell)

describe('event times', () => {
  it.each(tableOf(definitions(), "| client's timestamp | sentAt | event time | clamped |"))(
    'are as in docs/definitions.md: %s sent at %s is %s',
    (timestamp, sentAt, expected = '', clamped) => {
      const times = correctTimes({ timestamp: optional(timestamp), sentAt: optional(sentAt) }, receivedAt)
      expect(new Date(times.timestamp).toISOString()).toBe(expected.replace('Z', '.000Z'))
      expect(times.clamped).toBe(optional(clamped))
    },
  )

  it('are taken from originalTimestamp where timestamp is missing', () => {
    expect(correctTimes({ originalTimestamp: 1.7e12 }, receivedAt).timestamp).toBe(1.7e12)
    expect(correctTimes({ timestamp: 1.71e12, originalTimestamp: 1.7e12 }, receivedAt).timestamp).toBe(1.71e12)
  })

  it('are whole milliseconds', () => {
    const times = correctTimes({ timestamp: 1.7e12 + 0.9, sentAt: 1.7e12 + 10.4 }, receivedAt)
    expect(times).toEqual({ timestamp: receivedAt - 10, originalTimestamp: 1.7e12, sentAt: 1.7e12 + 10 })
  })

  it('keep what the client said when they are clamped', () => {
    const times = correctTimes({ timestamp: 10_000 }, receivedAt)
    expect(times).toEqual({ timestamp: receivedAt, originalTimestamp: 10_000, clamped: 'stale' })
  })

  it('are the same in every time zone of the machine', () => {
    const texts = ['2026-02-01T08:00', '2026-02-01 08:00:00', '2026-02-01', 'Feb 1, 2026 08:00', '2026/02/01 08:00']
    const parsed = texts.map(parseTime)
    expect(parsed.map((time) => time && new Date(time).toISOString())).toEqual([
      '2026-02-01T08:00:00.000Z',
      '2026-02-01T08:00:00.000Z',
      '2026-02-01T00:00:00.000Z',
      '2026-02-01T08:00:00.000Z',
      '2026-02-01T08:00:00.000Z',
    ])
    const module = new URL('../../src/enrich/times.ts', import.meta.url)
    const script = `import { parseTime } from ${JSON.stringify(module.href)}
      console.log(JSON.stringify(${JSON.stringify(texts)}.map(parseTime)))`
    const elsewhere = execFileSync(process.execPath, ['--conditions=source', '--input-type=module', '--eval', script], {
      env: { ...process.env, TZ: 'America/New_York' },
      encoding: 'utf8',
    })
    expect(JSON.parse(elsewhere)).toEqual(parsed)
  })

  it('with a zone of their own keep it', () => {
    expect(parseTime('2026-02-01T08:00:00+02:00')).toBe(Date.UTC(2026, 1, 1, 6))
    expect(parseTime('2026-02-01T08:00:00-0130')).toBe(Date.UTC(2026, 1, 1, 9, 30))
    expect(parseTime('Sun, 01 Feb 2026 08:00:00 GMT')).toBe(Date.UTC(2026, 1, 1, 8))
    expect(parseTime('Sun Feb 01 2026 08:00:00 GMT+0100 (Central European Standard Time)')).toBe(
      Date.UTC(2026, 1, 1, 7),
    )
    expect(parseTime('soon')).toBeUndefined()
    expect(parseTime({})).toBeUndefined()
  })
})
