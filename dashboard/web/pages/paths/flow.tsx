import type { PathsAnswer } from '@trailstitch/protocol'
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react'
import { formatNumber } from '../../texts/format.ts'
import { type FlowNode, heightOf, layOut } from './layout.ts'
import type { FullQuestion } from './question.ts'
import { t } from './texts.ts'
import { countVisits, describePlace } from './words.ts'

/** A column has at least room for a name. */
const minColumnWidth = 150
const labelGap = 7
/** Pixels of a letter, about. */
const letterWidth = 7

/** The steps of all visits as a stream. A step that is chosen becomes the start. */
export function Flow(props: {
  label: string
  answer: PathsAnswer
  question: FullQuestion
  onChoose: (name: string) => void
}) {
  const { label, answer, question, onChoose } = props
  const { direction } = question
  const [container, seen] = useWidth()
  const [active, setActive] = useState<string>()
  const columns = Math.max(...answer.nodes.map(({ step }) => step)) + 1
  const width = Math.max(seen, columns * minColumnWidth)
  const height = heightOf(answer)
  // The last column has its names to the right, too.
  const flow = useMemo(
    () => layOut(answer, { width: width - minColumnWidth, height, direction }),
    [answer, width, height, direction],
  )
  if (!flow) return <div className="state">{t('paths.noSteps')}</div>
  const columnWidth = (width - minColumnWidth) / Math.max(1, columns - 1)
  const isLit = (from: string, to: string) => active === undefined || active === from || active === to
  const maxLetters = Math.floor((Math.min(columnWidth, minColumnWidth * 1.6) - 24) / letterWidth)
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard.
    <section className="scroll" ref={container} tabIndex={0} aria-label={label}>
      {/* biome-ignore lint/a11y/useSemanticElements: there is no such element in a drawing. */}
      <svg width={width} height={height} role="group" aria-label={label} className="flow">
        <g>
          {flow.links.map(({ key, from, to, width: size, d }) => (
            <path
              key={key}
              d={d}
              strokeWidth={Math.max(1, size)}
              className={active !== undefined && isLit(from, to) ? 'flow-link is-lit' : 'flow-link'}
              opacity={isLit(from, to) ? 1 : 0.35}
            />
          ))}
        </g>
        {flow.nodes.map((node) => (
          <Node
            key={node.key}
            node={node}
            maxLetters={maxLetters}
            isActive={active === node.key}
            direction={direction}
            onActive={(next) => setActive(next ? node.key : undefined)}
            onChoose={onChoose}
          />
        ))}
      </svg>
    </section>
  )
}

function Node(props: {
  node: FlowNode
  maxLetters: number
  isActive: boolean
  direction: FullQuestion['direction']
  onActive: (isActive: boolean) => void
  onChoose: (name: string) => void
}) {
  const { node, maxLetters, isActive, direction, onActive, onChoose } = props
  const { name, step, visits, x0, x1, y0, y1 } = node
  const words = describePlace(name === null ? 'rest' : { name }, direction)
  // A long name shows whole while it is pointed at.
  const shown = words.length > maxLetters && !isActive ? `${words.slice(0, Math.max(3, maxLetters - 1))}…` : words
  const label = [
    // Whoever speaks to the page says what it shows, so that comes first.
    `${shown} ${countVisits(visits)}`,
    t('paths.nodeStep', { step: step + 1 }),
    shown === words ? undefined : words,
  ]
    .filter(Boolean)
    .join(', ')
  const height = Math.max(2, y1 - y0)
  const choose = () => name !== null && onChoose(name)
  const events = {
    onMouseEnter: () => onActive(true),
    onMouseLeave: () => onActive(false),
    onFocus: () => onActive(true),
    onBlur: () => onActive(false),
    onClick: choose,
    onKeyDown: (event: KeyboardEvent) => {
      if (event.key !== 'Enter' && event.key !== ' ') return
      event.preventDefault()
      choose()
    },
  }
  return (
    <g
      {...events}
      role={name === null ? 'img' : 'button'}
      tabIndex={0}
      aria-label={name === null ? label : t('paths.choose', { label })}
      className={name === null ? 'flow-node is-rest' : 'flow-node'}
    >
      <rect x={x0} y={y0} width={x1 - x0} height={height} rx={2} />
      <text x={x1 + labelGap} y={(y0 + y1) / 2}>
        {`${shown} `}
        <tspan className="flow-count">{formatNumber(visits)}</tspan>
      </text>
    </g>
  )
}

/** An element, and how wide it is by now. */
function useWidth() {
  const element = useRef<HTMLElement>(null)
  const [width, setWidth] = useState(0)
  useEffect(() => {
    const { current } = element
    if (!current) return
    const observer = new ResizeObserver(() => setWidth(current.clientWidth))
    observer.observe(current)
    return () => observer.disconnect()
  }, [])
  return [element, width] as const
}
