import { type MountedChart, mountFigure, mountFunnel, mountRetention, mountTrend } from './index.ts'

const charts = { trend: mountTrend, figure: mountFigure, funnel: mountFunnel, retention: mountRetention }
const attributes = [
  'src',
  'token',
  'type',
  'index',
  'label',
  'names',
  'locale',
  'theme',
  'figure',
  'height',
  'refresh',
] as const
const themes = ['light', 'dark'] as const
const figures = ['people', 'sessions', 'pages', 'events'] as const

const oneOf = <T extends string>(list: readonly T[], text: string | null): T | undefined =>
  list.find((each) => each === text)

function start(element: HTMLElement): MountedChart | undefined {
  const read = (name: (typeof attributes)[number]): string | null => element.getAttribute(name)
  const whole = (name: (typeof attributes)[number]): number | undefined => {
    const text = read(name)
    return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : undefined
  }
  const [src, token] = [read('src'), read('token')]
  const type = oneOf(Object.keys(charts) as (keyof typeof charts)[], read('type') ?? 'trend')
  if (!src || !token || !type) return undefined
  const refreshS = whole('refresh')
  return charts[type](element, {
    ...{ src, token, index: whole('index'), height: whole('height') },
    label: read('label') ?? undefined,
    names: read('names')?.split('|'),
    locale: read('locale') ?? undefined,
    theme: oneOf(themes, read('theme')),
    figure: oneOf(figures, read('figure')),
    refreshMs: refreshS === undefined ? undefined : refreshS * 1_000,
    onError: (error) => element.dispatchEvent(new CustomEvent('trailstitch-error', { detail: error })),
  })
}

/**
 * Registers `<trailstitch-chart src token type index label names locale theme figure height refresh>`; `type` is `trend`
 * (default), `figure`, `funnel` or `retention`, `refresh` are seconds. Once; where there is no document, not at all.
 */
export function defineChartElement(name = 'trailstitch-chart'): void {
  if (typeof customElements === 'undefined' || customElements.get(name)) return
  // Custom elements are classes: browsers know no other form.
  class ChartElement extends HTMLElement {
    static observedAttributes = attributes
    #chart: MountedChart | undefined
    #isWaiting = false
    connectedCallback(): void {
      this.#startSoon()
    }
    disconnectedCallback(): void {
      this.#chart?.destroy()
      this.#chart = undefined
    }
    attributeChangedCallback(): void {
      this.#startSoon()
    }
    /** Several attributes that change together make one chart. */
    #startSoon(): void {
      if (this.#isWaiting) return
      this.#isWaiting = true
      queueMicrotask(() => {
        this.#isWaiting = false
        this.#chart?.destroy()
        this.#chart = this.isConnected ? start(this) : undefined
      })
    }
  }
  customElements.define(name, ChartElement)
}

defineChartElement()
