import type { PathsAnswer } from '@trailstitch/protocol'
import type { Direction } from './question.ts'

/** What a step is: a name, all names that are not told, or where a visit begins or ends. */
export type Place = { name: string } | 'rest' | 'edge'

export interface PathRow {
  /** From 1: how many steps lie between the anchor and this one. */
  step: number
  /** In the order of time. */
  from: Place
  to: Place
  visits: number
}

const placeOf = (name: string | null): Place => (name === null ? 'rest' : { name })

/** How many of a step's visits have no step beyond it. */
export function endsAt({ links }: PathsAnswer, { step, name, paths }: PathsAnswer['nodes'][number]): number {
  const onward = links.filter((link) => link.step === step && link.from === name)
  return paths - onward.reduce((sum, link) => sum + link.paths, 0)
}

/** Every way from one step to the next, and where visits end, or begin, that go no further than `steps`. */
export function toRows(answer: PathsAnswer, { direction, steps }: { direction: Direction; steps: number }): PathRow[] {
  const inTime = (near: Place, far: Place) =>
    direction === 'forward' ? { from: near, to: far } : { from: far, to: near }
  const links = answer.links.map(({ step, from, to, paths }) => ({
    step: step + 1,
    ...inTime(placeOf(from), placeOf(to)),
    visits: paths,
  }))
  const ends = answer.nodes.flatMap((node): PathRow[] => {
    const visits = node.step < steps ? endsAt(answer, node) : 0
    return visits === 0 ? [] : [{ step: node.step + 1, ...inTime(placeOf(node.name), 'edge'), visits }]
  })
  return [...links, ...ends].sort((a, b) => a.step - b.step || b.visits - a.visits)
}
