import { setTimeout as sleep } from 'node:timers/promises'
import type { Browser } from 'playwright-core'
import { type BenchOptions, createRow, type Row } from '../lib/result.ts'
import { median } from '../lib/statistics.ts'
import { arrivalMark, type Wire } from './wire.ts'

/** Slower than what benchmarks run on, as phones are. */
const throttling = 4
const windowMs = 3_000

interface Visit {
  scriptMs: number
  taskMs: number
  heapMB: number
  /** Before the request that has the event, those that ask for leave to be sent among them. */
  requests: number
  preflights: number
}

/** What is visited: a client's page, or an empty one, which has no wire. */
export interface Visited {
  name: string
  url: string
  wire?: Wire
}

/** Rows of the first one's figures, with those of the others beside them. */
export async function measureStartUp(
  browser: Browser,
  visited: readonly Visited[],
  { quick, progress }: BenchOptions,
): Promise<Row[]> {
  const visits = new Map<string, Visit[]>(visited.map(({ name }) => [name, []]))
  // The first page of a browser waits for much that the others find done.
  if (visited[0]) await visit(browser, visited[0])
  // In turns, so that what else the machine does meets all of them alike.
  for (let round = 1; round <= (quick ? 1 : 7); round++)
    for (const one of visited) {
      progress.show(`start-up: round ${round}, ${one.name}`)
      visits.get(one.name)?.push(await visit(browser, one))
    }
  const row = (what: string, unit: string, of: (visit: Visit) => number, atMost?: number): Row => {
    const [[, own] = ['', []], ...others] = [...visits]
    const figure = (some: readonly Visit[]): number => median(some.map(of))
    return createRow({
      what,
      unit,
      value: figure(own),
      beside: Object.fromEntries(others.map(([name, some]) => [name, figure(some)])),
      ...(atMost !== undefined && { goal: { atMost } }),
    })
  }
  const start = `start-up at ${throttling}x throttling`
  return [
    row(`${start}: running scripts, thread time`, 'ms', ({ scriptMs }) => scriptMs, 8),
    row(`${start}: all work of the page, thread time`, 'ms', ({ taskMs }) => taskMs),
    row(`${start}: JavaScript heap`, 'MB', ({ heapMB }) => heapMB),
    row('requests before the first event', 'requests', ({ requests }) => requests, 0),
    row('CORS preflights before the first event', 'requests', ({ preflights }) => preflights, 0),
  ]
}

async function visit(browser: Browser, { url, wire }: Visited): Promise<Visit> {
  const context = await browser.newContext()
  const before = wire?.requests.length ?? 0
  try {
    const page = await context.newPage()
    const devtools = await context.newCDPSession(page)
    // Time that the page's thread worked, not that it waited for a processor.
    await devtools.send('Performance.enable', { timeDomain: 'threadTicks' })
    await devtools.send('Emulation.setCPUThrottlingRate', { rate: throttling })
    await page.goto(url)
    await sleep(windowMs)
    const { metrics } = await devtools.send('Performance.getMetrics')
    const metric = (name: string): number => metrics.find((one) => one.name === name)?.value ?? Number.NaN
    const sent = wire?.requests.slice(before) ?? []
    const at = sent.findIndex(({ marks }) => marks.includes(arrivalMark))
    const first = sent.slice(0, at < 0 ? sent.length : at)
    return {
      scriptMs: metric('ScriptDuration') * 1000,
      taskMs: metric('TaskDuration') * 1000,
      heapMB: metric('JSHeapUsedSize') / 1e6,
      requests: first.length,
      preflights: first.filter(({ method }) => method === 'OPTIONS').length,
    }
  } finally {
    await context.close()
  }
}
