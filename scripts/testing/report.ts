import { relative } from 'node:path'
import type { Service } from '../services/service.ts'

/** One thing that was tested: a test of vitest, a check, or a service that must be there. */
export interface Outcome {
  name: string
  status: 'passed' | 'failed' | 'skipped'
  /** Why it failed or was skipped. */
  detail?: string
}

/** Without CI a missing service skips its tests, loudly; a machine that guards the main line must have all of them. */
export function missingService(service: Pick<Service, 'name' | 'why' | 'command'>, ci: boolean): Outcome {
  const detail = `needed for ${service.why}; get it with: ${service.command}`
  return { name: `service ${service.name}`, status: ci ? 'failed' : 'skipped', detail }
}

export interface FileTime {
  file: string
  tookMs: number
}

/** The part of vitest's JSON report that is read here. */
export interface VitestReport {
  testResults: {
    name: string
    status: string
    message?: string
    startTime: number
    endTime: number
    assertionResults: { fullName: string; status: string; failureMessages?: string[] | null }[]
  }[]
}

/**
 * Turns the report into outcomes. A file that failed without a failed test (an import that broke, a hook that threw)
 * counts as one failure; so does a run that ended badly with nothing in the report to show for it.
 */
export function readVitest(report: VitestReport | undefined, exitCode: number, root: string): Outcome[] {
  const outcomes = (report?.testResults ?? []).flatMap((result) => {
    const file = relative(root, result.name)
    const tests = result.assertionResults.map((each): Outcome => {
      const name = `${file} > ${each.fullName}`
      if (each.status === 'passed') return { name, status: 'passed' }
      if (each.status === 'failed') return { name, status: 'failed', detail: firstLines(each.failureMessages?.[0]) }
      return { name, status: 'skipped' }
    })
    if (result.status === 'failed' && !tests.some(({ status }) => status === 'failed'))
      tests.push({ name: file, status: 'failed', detail: firstLines(result.message) || 'the file failed as a whole' })
    return tests
  })
  const failed = outcomes.some(({ status }) => status === 'failed')
  if (!failed && exitCode !== 0) {
    const detail = `ended with ${exitCode} without a failed test: see its output above`
    outcomes.push({ name: 'vitest', status: 'failed', detail })
  } else if (!failed && !outcomes.some(({ status }) => status === 'passed')) {
    outcomes.push({ name: 'vitest', status: 'failed', detail: 'no test was run' })
  }
  return outcomes
}

const firstLines = (text: string | null | undefined): string => (text ?? '').split('\n').slice(0, 2).join(' ').trim()

export function slowestFiles(report: VitestReport | undefined, root: string, count = 5): FileTime[] {
  return (report?.testResults ?? [])
    .map(({ name, startTime, endTime }) => ({ file: relative(root, name), tookMs: endTime - startTime }))
    .sort((a, b) => b.tookMs - a.tookMs)
    .slice(0, count)
}

/** `1.2 s`, or `3 min 04 s`. */
export function formatTime(ms: number): string {
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`
  const seconds = Math.round(ms / 1000)
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`
}

export interface ClosingFacts {
  services: readonly { name: string; version: string; where: string }[]
  outcomes: readonly Outcome[]
  slowest: readonly FileTime[]
  tookMs: number
}

/** The closing report. Its last line is always `N passed, N failed, N skipped`. */
export function formatReport({ services, outcomes, slowest, tookMs }: ClosingFacts): string[] {
  const having = (status: Outcome['status']): Outcome[] => outcomes.filter((each) => each.status === status)
  const list = (title: string, entries: readonly Outcome[]): string[] =>
    entries.length === 0
      ? []
      : [title, ...entries.map(({ name, detail }) => (detail ? `  ${name}\n      ${detail}` : `  ${name}`))]
  const [passed, failed, skipped] = [having('passed'), having('failed'), having('skipped')]
  return [
    '',
    'Services',
    ...services.map(({ name, version, where }) => `  ${name} ${version} (${where})`),
    ...(services.length === 0 ? ['  none'] : []),
    'Slowest files',
    ...slowest.map((each) => `  ${formatTime(each.tookMs).padStart(10)}  ${each.file}`),
    ...list('Skipped', skipped),
    ...list('FAILED', failed),
    `Took ${formatTime(tookMs)}`,
    `${passed.length} passed, ${failed.length} failed, ${skipped.length} skipped`,
  ]
}
