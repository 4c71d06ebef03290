import { readFileSync } from 'node:fs'
import type { Browser } from 'playwright-core'
import { type BenchOptions, createRow, type Row } from '../lib/result.ts'
import { median, quantile } from '../lib/statistics.ts'
import type { Service } from '../service/service.ts'

const manifestUrl = new URL('../../../dashboard/dist/web/manifest.json', import.meta.url)
const size = { series: 5, points: 366 }

/** The time that the chart's script takes to draw, as it is built. */
export async function measureChart(
  browser: Browser,
  { url }: Service,
  { quick, progress }: BenchOptions,
): Promise<Row[]> {
  const manifest = JSON.parse(readFileSync(manifestUrl, 'utf8')) as Record<string, { file: string }>
  const file = manifest['charts/uplot.ts']?.file
  if (file === undefined) throw new Error('the build has no script of the chart')
  const timesMs: number[] = []
  for (let round = 1; round <= (quick ? 2 : 20); round++) {
    progress.show(`dashboard: chart ${round}`)
    timesMs.push(await draw(browser, url, `/dashboard/${file}`))
  }
  const what = `chart of ${size.series} series of ${size.points} points, drawn cold`
  return [
    createRow({ what: `${what}, p95`, value: quantile(timesMs, 0.95), unit: 'ms', goal: { atMost: 30 } }),
    createRow({ what: `${what}, p50`, value: median(timesMs), unit: 'ms', goal: { atMost: 30 } }),
  ]
}

/** In a page that shows the sign-in, which draws no chart itself. */
async function draw(browser: Browser, url: string, script: string): Promise<number> {
  const context = await browser.newContext({ timezoneId: 'UTC', viewport: { width: 1280, height: 900 } })
  try {
    const page = await context.newPage()
    await page.goto(url)
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    // As text: what builds the tests would put its own function in the place of an import.
    const exports = await page.evaluateHandle<Record<string, unknown>>(`import(${JSON.stringify(script)})`)
    const { ms, painted } = await page.evaluate(drawInPage, { exports, ...size })
    if (painted === 0) throw new Error('the chart drew nothing')
    return ms
  } finally {
    await context.close()
  }
}

/** Runs in the page. Answers how long it took, and how many pixels are painted. */
async function drawInPage(given: { exports: Record<string, unknown>; series: number; points: number }) {
  const { exports, series, points } = given
  const dayMs = 86_400_000
  // The build shortens names; the script has this one function to give.
  const drawChart = Object.values(exports)[0] as (container: HTMLElement, options: object) => unknown
  const container = document.createElement('div')
  container.style.width = '1000px'
  document.body.append(container)
  const startAt = Date.UTC(2026, 0, 1)
  const short = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short', timeZone: 'UTC' })
  const formatStart = (start: number): string => short.format(start)
  const data = {
    starts: Array.from({ length: points }, (_, index) => startAt + index * dayMs),
    lines: Array.from({ length: series }, (_, line) => ({
      name: `Series ${line}`,
      values: Array.from({ length: points }, (_, index) => 500 + ((index * (line + 3) * 7919) % 1000)),
    })),
    openIndex: points - 1,
    timeZone: 'UTC',
    marks: [],
    format: String,
    formatStart,
    nameStart: formatStart,
  }
  const colours = { lines: ['#0a6', '#06a', '#a60', '#60a', '#a06'], before: '#999', text: '#333', grid: '#ddd' }
  const start = performance.now()
  drawChart(container, { data, colours, height: 260, onPoint() {} })
  // uPlot draws when what runs now is done.
  await Promise.resolve()
  const ms = performance.now() - start
  const canvas = container.querySelector('canvas')
  const pixels = canvas?.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? []
  return { ms, painted: Array.from(pixels).filter((value, index) => index % 4 === 3 && value > 0).length }
}
