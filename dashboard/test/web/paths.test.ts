import type { PathsAnswer } from '@trailstitch/protocol'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { heightOf, layOut } from '../../web/pages/paths/layout.ts'
import { anchorOf, isQuestion, toQuery, withDefaults } from '../../web/pages/paths/question.ts'
import { endsAt, toRows } from '../../web/pages/paths/rows.ts'

const meta = { computedAt: 0, exact: true, rowsScanned: 0, timeZone: 'UTC' }

/** What the server makes of paths, with all of their names told but those that are empty. */
function answerOf(paths: readonly (readonly string[])[]): PathsAnswer {
  const nodes = new Map<string, PathsAnswer['nodes'][number]>()
  const links = new Map<string, PathsAnswer['links'][number]>()
  for (const path of paths)
    for (const [step, text] of path.entries()) {
      const name = text || null
      const node = nodes.get(`${step} ${text}`) ?? { step, name, paths: 0 }
      nodes.set(`${step} ${text}`, { ...node, paths: node.paths + 1 })
      const next = path[step + 1]
      if (next === undefined) continue
      const link = links.get(`${step} ${text} ${next}`) ?? { step, from: name, to: next || null, paths: 0 }
      links.set(`${step} ${text} ${next}`, { ...link, paths: link.paths + 1 })
    }
  return { paths: paths.length, nodes: [...nodes.values()], links: [...links.values()], meta }
}

const answer = answerOf([['/', '/a', '/b'], ['/', '/a'], ['/', ''], ['/']])

test('what of an address is no question is refused, and nothing throws', () => {
  for (const value of [
    null,
    [],
    'x',
    { anchor: 7 },
    { anchor: { event: 'A', where: [{ field: 'constructor', operator: 'set' }] } },
    { direction: 'up' },
    { by: 'url' },
    { steps: 0 },
    { steps: 11 },
    { steps: '3' },
    { top: 21 },
    { top: Number.NaN },
  ])
    expect([value, isQuestion(value)]).toEqual([value, false])
  void fc.assert(fc.property(fc.anything(), (value) => typeof isQuestion(value) === 'boolean'))
  expect(isQuestion({ anchor: { event: 'A' }, direction: 'backward', by: 'path', steps: 10, top: 20 })).toBe(true)
})

test('without an anchor none is asked for', () => {
  expect(toQuery(withDefaults({}))).toEqual({ type: 'paths', direction: 'forward', by: 'event', steps: 4, top: 5 })
  expect(toQuery(withDefaults({ anchor: { event: 'A' } }))).toMatchObject({ anchor: { event: 'A' } })
})

test('a step that is chosen stands for its event, else for its page', () => {
  expect(anchorOf('/a', ['/a'])).toEqual({ event: '/a' })
  expect(anchorOf('/a', ['A']).where?.map(({ field, values }) => [field, values])).toEqual([
    ['type', ['page', 'screen']],
    ['path', ['/a']],
  ])
  expect(anchorOf('Home', ['A'])).toEqual({ where: [{ field: 'name', operator: 'is', values: ['Home'] }] })
})

test('rows are in the order of time, with where visits end or begin', () => {
  const forward = toRows(answer, { direction: 'forward', steps: 2 })
  expect(forward).toEqual([
    { step: 1, from: { name: '/' }, to: { name: '/a' }, visits: 2 },
    { step: 1, from: { name: '/' }, to: 'rest', visits: 1 },
    { step: 1, from: { name: '/' }, to: 'edge', visits: 1 },
    { step: 2, from: { name: '/a' }, to: { name: '/b' }, visits: 1 },
    { step: 2, from: { name: '/a' }, to: 'edge', visits: 1 },
    { step: 2, from: 'rest', to: 'edge', visits: 1 },
  ])
  expect(toRows(answer, { direction: 'backward', steps: 2 })[2]).toEqual({
    step: 1,
    from: 'edge',
    to: { name: '/' },
    visits: 1,
  })
  // What lies beyond the last step is not known.
  expect(toRows(answer, { direction: 'forward', steps: 1 }).filter(({ to }) => to === 'edge')).toHaveLength(1)
})

const size = { width: 600, height: 400 }
const paths = fc.array(fc.array(fc.constantFrom('a', 'b', 'c', ''), { minLength: 1, maxLength: 5 }), { maxLength: 30 })

test('every step has its column, inside of the drawing, as high as its visits, and no two of one column overlap', () => {
  void fc.assert(
    fc.property(paths, fc.constantFrom('forward' as const, 'backward' as const), (list, direction) => {
      const given = answerOf(list)
      const flow = layOut(given, { ...size, direction })
      expect(flow === undefined).toBe(given.links.length === 0)
      if (!flow) return
      const { nodes, links } = flow
      expect(nodes.map(({ step, name, visits }) => ({ step, name, paths: visits }))).toEqual(given.nodes)
      expect(links).toHaveLength(given.links.length)
      const last = Math.max(...nodes.map(({ step }) => step))
      const scale = Math.max(...nodes.map(({ y0, y1, visits }) => (y1 - y0) / visits))
      for (const node of nodes) {
        const share = node.step / last
        expect(node.x0).toBeCloseTo((direction === 'forward' ? share : 1 - share) * (size.width - 12))
        expect(node.y0).toBeGreaterThanOrEqual(0)
        expect(node.y1).toBeLessThanOrEqual(size.height)
        expect(node.y1 - node.y0).toBeCloseTo(node.visits * scale)
        for (const other of nodes)
          if (other !== node && other.step === node.step)
            expect(other.y0 >= node.y1 - 1e-6 || other.y1 <= node.y0 + 1e-6).toBe(true)
      }
    }),
  )
})

test('links run with the time, from the right side of a step to the left of the next', () => {
  for (const direction of ['forward', 'backward'] as const) {
    const { nodes = [], links = [] } = layOut(answer, { ...size, direction }) ?? {}
    const byKey = new Map(nodes.map((node) => [node.key, node]))
    for (const { from, to, d } of links) {
      const [start, end] = [byKey.get(from), byKey.get(to)]
      expect(start?.x1).toBeLessThan(end?.x0 ?? 0)
      expect(d.startsWith(`M${start?.x1},`)).toBe(true)
      expect(d).toContain(` ${end?.x0},`)
    }
  }
})

test('visits that go no further are those of a step but not of its links', () => {
  expect(answer.nodes.map((node) => [node.name, endsAt(answer, node)])).toEqual([
    ['/', 1],
    ['/a', 1],
    ['/b', 1],
    [null, 1],
  ])
  expect(heightOf(answer)).toBe(320)
  expect(heightOf(answerOf(Array.from({ length: 20 }, (_, index) => ['/', `/${index}`])))).toBe(1160)
})
