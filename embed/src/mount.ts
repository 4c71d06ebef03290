import type { Answer, AnswerOf } from './answers.ts'
import { ask, EmbedError, type Source } from './ask.ts'
import { html } from './elements.ts'
import { css } from './style.ts'
import { defaultTexts, type Texts } from './texts.ts'

export interface ChartOptions extends Source {
  /** Above the chart, and its name for those who do not see it. */
  label?: string | undefined
  /** What series or steps are called. Default: by their events. */
  names?: readonly string[] | undefined
  /** For numbers and dates. Default: the browser's. */
  locale?: string | undefined
  /** Default `auto`: as the reader's system. */
  theme?: 'auto' | 'light' | 'dark' | undefined
  /** Asks again so often, at least every 10 s. Default: never. */
  refreshMs?: number | undefined
  texts?: Partial<Texts> | undefined
  /** Hears why a chart does not show; it says so itself, too. */
  onError?: ((error: EmbedError) => void) | undefined
}

export interface MountedChart {
  /** Asks again. Resolves once the answer, or the failure, shows. */
  refresh(): Promise<void>
  /** Takes the chart out of its element, and stops asking. */
  destroy(): void
}

/** What a drawing works with. */
export interface Drawing<Options> {
  options: Options
  texts: Texts
  label: string
  number(value: number): string
  percent(value: number): string
  date(at: number, style: Intl.DateTimeFormatOptions, timeZone: string): string
}

/** Makes the nodes of a chart; undefined where there is nothing to show. Called anew for each answer and each width. */
export type Draw<Type extends Answer['type'], Options> = (
  answer: AnswerOf<Type>,
  drawing: Drawing<Options>,
  width: number,
) => Node[] | undefined

const minRefreshMs = 10_000
const defaultWidth = 600

function createDrawing<Options extends ChartOptions>(options: Options): Drawing<Options> {
  const { locale, label = '' } = options
  const number = new Intl.NumberFormat(locale, { maximumFractionDigits: 2 })
  const percent = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1 })
  return {
    options,
    label,
    texts: { ...defaultTexts, ...options.texts },
    number: (value) => number.format(value),
    percent: (value) => percent.format(value),
    date: (at, style, timeZone) => new Intl.DateTimeFormat(locale, { ...style, timeZone }).format(at),
  }
}

/** Mounts a chart in an element's shadow root, where the page's styles do not reach, and keeps it up to date. */
export function mount<Type extends Answer['type'], Options extends ChartOptions>(
  element: HTMLElement,
  options: Options,
  types: readonly Type[],
  draw: Draw<Type, Options>,
): MountedChart {
  const drawing = createDrawing(options)
  const { label, texts } = drawing
  const { shadow, root, body } = build(element, options, label)

  let answer: AnswerOf<Type> | undefined
  let running = new AbortController()
  const say = (...children: (Node | string)[]): void =>
    body.replaceChildren(html('div', { class: 'state' }, ...children))
  const show = (): void => {
    if (!answer) return
    const nodes = draw(answer, drawing, body.clientWidth || defaultWidth)
    if (nodes) body.replaceChildren(...nodes)
    else say(texts.empty)
  }
  const fail = (error: EmbedError): void => {
    const again = html('button', { type: 'button' }, texts.retry)
    again.addEventListener('click', () => void refresh())
    say(html('div', { role: 'alert' }, texts.failed), again)
    options.onError?.(error)
  }
  const refresh = async (): Promise<void> => {
    running.abort()
    running = new AbortController()
    const { signal } = running
    root.setAttribute('aria-busy', 'true')
    if (!answer) say(html('div', { role: 'status' }, texts.loading))
    try {
      const found = await ask(options, signal)
      if (signal.aborted) return
      if (!isOneOf(found, types)) throw new EmbedError('wrong_type', `The question is a ${found.type}.`)
      answer = found
      show()
    } catch (error) {
      if (signal.aborted) return
      answer = undefined
      fail(error instanceof EmbedError ? error : new EmbedError('unreachable', String(error)))
    }
    root.removeAttribute('aria-busy')
  }

  const forget = onWidth(body, show)
  const { refreshMs } = options
  const timer = refreshMs && setInterval(() => void refresh(), Math.max(refreshMs, minRefreshMs))
  void refresh()
  return {
    refresh,
    destroy() {
      running.abort()
      forget()
      clearInterval(timer)
      shadow.replaceChildren()
    },
  }
}

/** The chart's own tree. The page's styles do not reach it, and a strict content security policy lets its own in. */
function build(element: HTMLElement, { theme = 'auto' }: ChartOptions, label: string) {
  const shadow = element.shadowRoot ?? element.attachShadow({ mode: 'open' })
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(css)
  shadow.adoptedStyleSheets = [sheet]
  const body = html('div')
  const root = html('div', { class: 'root', role: 'group', 'data-theme': theme })
  if (label) root.setAttribute('aria-label', label)
  root.append(...(label ? [html('p', { class: 'label' }, label)] : []), body)
  shadow.replaceChildren(root)
  return { shadow, root, body }
}

/** Calls back when an element becomes wider or narrower, until the function it answers with is called. */
function onWidth(element: HTMLElement, changed: () => void): () => void {
  let width = element.clientWidth
  const observer = new ResizeObserver(() => {
    if (element.clientWidth === width) return
    width = element.clientWidth
    changed()
  })
  observer.observe(element)
  return () => observer.disconnect()
}

const isOneOf = <Type extends Answer['type']>(answer: Answer, types: readonly Type[]): answer is AnswerOf<Type> =>
  (types as readonly string[]).includes(answer.type)
