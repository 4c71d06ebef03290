import { describe, expect, test } from 'vitest'
import {
  formatReport,
  formatTime,
  missingService,
  type Outcome,
  readVitest,
  slowestFiles,
  type VitestReport,
} from '../testing/report.ts'

type Result = VitestReport['testResults'][number]
const result = (name: string, more: Partial<Result> = {}): Result => ({
  name: `/repo/${name}`,
  status: 'passed',
  startTime: 0,
  endTime: 10,
  assertionResults: [{ fullName: 'works', status: 'passed' }],
  ...more,
})
const read = (results: Result[], exitCode = 0): Outcome[] => readVitest({ testResults: results }, exitCode, '/repo')
const failures = (outcomes: Outcome[]) => outcomes.filter(({ status }) => status === 'failed').map(({ name }) => name)

describe('readVitest', () => {
  test('names each test after its file', () => {
    const tests = [
      { fullName: 'a', status: 'passed' },
      { fullName: 'b', status: 'failed', failureMessages: ['Error: no\n  at x\n  at y'] },
      { fullName: 'c', status: 'pending' },
      { fullName: 'd', status: 'skipped' },
      { fullName: 'e', status: 'todo' },
    ]
    expect(read([result('x.test.ts', { status: 'failed', assertionResults: tests })], 1)).toEqual([
      { name: 'x.test.ts > a', status: 'passed' },
      { name: 'x.test.ts > b', status: 'failed', detail: 'Error: no   at x' },
      { name: 'x.test.ts > c', status: 'skipped' },
      { name: 'x.test.ts > d', status: 'skipped' },
      { name: 'x.test.ts > e', status: 'skipped' },
    ])
  })

  test('counts a file that could not be loaded as a failure', () => {
    const broken = result('x.test.ts', { status: 'failed', message: 'Cannot find module', assertionResults: [] })
    expect(read([broken, result('y.test.ts')], 1)).toContainEqual({
      name: 'x.test.ts',
      status: 'failed',
      detail: 'Cannot find module',
    })
  })

  test('counts a file whose hook threw as a failure, though its tests only say skipped', () => {
    const skipped = [{ fullName: 'a', status: 'skipped' }]
    expect(failures(read([result('x.test.ts', { status: 'failed', assertionResults: skipped })], 1))).toContain(
      'x.test.ts',
    )
  })

  test('counts a bad end with nothing to show for it as a failure', () => {
    expect(failures(read([result('x.test.ts')], 1))).toEqual(['vitest'])
    expect(failures(readVitest(undefined, 124, '/repo'))).toEqual(['vitest'])
  })

  test('counts a run without a test as a failure', () => {
    expect(failures(read([]))).toEqual(['vitest'])
    expect(failures(read([result('x.test.ts', { assertionResults: [{ fullName: 'a', status: 'skipped' }] })]))).toEqual(
      ['vitest'],
    )
  })
})

describe('formatReport', () => {
  const outcomes: Outcome[] = [
    { name: 'build', status: 'passed' },
    { name: 'types', status: 'failed', detail: 'see above' },
    { name: 'service chromium', status: 'skipped', detail: 'get it with: apt-get' },
    { name: 'x.test.ts > a', status: 'passed' },
  ]
  const services = [{ name: 'chromium', version: '1.2', where: '/usr/bin/chromium' }]

  test('ends with exactly one line of counts', () => {
    const lines = formatReport({ services, outcomes, slowest: [], tookMs: 1000 })
    expect(lines.at(-1)).toBe('2 passed, 1 failed, 1 skipped')
    expect(formatReport({ services, outcomes: [], slowest: [], tookMs: 1 }).at(-1)).toBe(
      '0 passed, 0 failed, 0 skipped',
    )
  })

  test('lists services, slow files, and what failed or was skipped with its reason', () => {
    const slowest = slowestFiles(
      { testResults: [result('a.test.ts'), result('b.test.ts', { endTime: 90_000 })] },
      '/repo',
      1,
    )
    expect(formatReport({ services, outcomes, slowest, tookMs: 1000 }).join('\n')).toContain(
      [
        'Services',
        '  chromium 1.2 (/usr/bin/chromium)',
        'Slowest files',
        '  1 min 30 s  b.test.ts',
        'Skipped',
        '  service chromium',
        '      get it with: apt-get',
        'FAILED',
        '  types',
        '      see above',
      ].join('\n'),
    )
  })

  test('shows times a person can read', () => {
    expect([0, 1234, 59_949, 60_000, 184_400].map(formatTime)).toEqual([
      '0.0 s',
      '1.2 s',
      '59.9 s',
      '1 min 00 s',
      '3 min 04 s',
    ])
  })
})

test('a missing service is skipped with the command that gets it, and fails where CI is set', () => {
  const redis = { name: 'redis', why: 'kv tests', command: 'apt-get install -y redis-server' }
  const outcome = { name: 'service redis', detail: 'needed for kv tests; get it with: apt-get install -y redis-server' }
  expect(missingService(redis, false)).toEqual({ ...outcome, status: 'skipped' })
  expect(missingService(redis, true)).toEqual({ ...outcome, status: 'failed' })
})
