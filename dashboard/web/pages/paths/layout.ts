import type { PathsAnswer } from '@trailstitch/protocol'
import { sankey } from 'd3-sankey'
import type { Direction } from './question.ts'

export interface FlowNode {
  key: string
  step: number
  /** Null: all names that are not told. */
  name: string | null
  visits: number
  /** Left, right, top, bottom, pixels. */
  x0: number
  x1: number
  y0: number
  y1: number
}

export interface FlowLink {
  key: string
  /** Keys of the nodes, in the order of time. */
  from: string
  to: string
  visits: number
  width: number
  /** Of an SVG path along its middle. */
  d: string
}

const nodeWidth = 12
const nodeGap = 20
const rounds = 24

const keyOf = (step: number, name: string | null): string => `${step} ${JSON.stringify(name)}`

/**
 * Puts steps into columns, in the order of time from left to right, as high as they have visits, and draws what goes from
 * one to the next. Visits that end leave their part of the height open. Without a second step: undefined.
 */
export function layOut(
  { nodes, links }: PathsAnswer,
  { width, height, direction }: { width: number; height: number; direction: Direction },
): { nodes: FlowNode[]; links: FlowLink[] } | undefined {
  if (links.length === 0) return undefined
  const isForward = direction === 'forward'
  const graph = sankey<{ key: string; step: number; name: string | null }, object>()
    .nodeId(({ key }) => key)
    .nodeAlign(({ step }) => step)
    .nodeWidth(nodeWidth)
    .nodePadding(nodeGap)
    .iterations(rounds)
    .extent([
      [0, nodeGap / 2],
      [width, height - nodeGap / 2],
    ])({
    nodes: nodes.map(({ step, name, paths }) => ({ key: keyOf(step, name), step, name, fixedValue: paths })),
    links: links.map(({ step, from, to, paths }) => ({
      source: keyOf(step, from),
      target: keyOf(step + 1, to),
      value: paths,
    })),
  })
  const placed = graph.nodes.map(({ key, step, name, value = 0, x0 = 0, x1 = 0, y0 = 0, y1 = 0 }): FlowNode => {
    const [left, right] = isForward ? [x0, x1] : [width - x1, width - x0]
    return { key, step, name, visits: value, x0: left, x1: right, y0, y1 }
  })
  const byKey = new Map(placed.map((node) => [node.key, node]))
  const drawn = graph.links.flatMap(({ source, target, value, width: size = 0, y0 = 0, y1 = 0 }): FlowLink[] => {
    const [near, far] = [byKey.get(endOf(source)), byKey.get(endOf(target))]
    if (!near || !far) return []
    const [from, to] = isForward ? [near, far] : [far, near]
    const [fromY, toY] = isForward ? [y0, y1] : [y1, y0]
    const middle = (from.x1 + to.x0) / 2
    const d = `M${from.x1},${fromY}C${middle},${fromY} ${middle},${toY} ${to.x0},${toY}`
    return [{ key: `${near.key} ${far.key}`, from: from.key, to: to.key, visits: value, width: size, d }]
  })
  return { nodes: placed, links: drawn }
}

/** The layout has put nodes in the place of their keys. */
const endOf = (end: unknown): string => (typeof end === 'object' && end !== null && 'key' in end ? String(end.key) : '')

/** As high as it takes to tell the steps of the fullest column apart, pixels. */
export function heightOf({ nodes }: PathsAnswer): number {
  const counts = new Map<number, number>()
  for (const { step } of nodes) counts.set(step, (counts.get(step) ?? 0) + 1)
  return Math.max(320, Math.max(0, ...counts.values()) * 58)
}
